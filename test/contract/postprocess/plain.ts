/** The obviously right twin of each postprocessing step: plain objects, whole pictures, no shortcut. */

export interface PlainObject {
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
  readonly score: number;
  readonly classNumber: number;
  readonly row: number;
}

/** Centre and size, and the best class of each box; `columns[row]` has its numbers. */
export function plainChannels(columns: readonly number[][], classCount: number, threshold: number): PlainObject[] {
  return columns.flatMap((numbers, row) => {
    const [x = 0, y = 0, width = 0, height = 0] = numbers;
    const scores = numbers.slice(4, 4 + classCount);
    const score = Math.max(...scores.filter((value) => !Number.isNaN(value)), Number.NEGATIVE_INFINITY);
    const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2] as const;
    return keep([{ box, score, classNumber: scores.indexOf(score), row }], threshold, classCount);
  });
}

export function plainRows(rows: readonly number[][], classCount: number, threshold: number): PlainObject[] {
  return rows.flatMap(([left = 0, top = 0, right = 0, bottom = 0, score = 0, classNumber = 0], row) =>
    keep([{ box: [left, top, right, bottom], score, classNumber, row }], threshold, classCount),
  );
}

export function plainObjectness(rows: readonly number[][], classCount: number, threshold: number): PlainObject[] {
  return rows.flatMap((numbers, row) => {
    const objectness = numbers[4] ?? 0;
    if (!(objectness > Math.fround(threshold))) return [];
    const products = numbers.slice(5).map((value) => Math.fround(value * objectness));
    return plainChannels([[...numbers.slice(0, 4), ...products]], classCount, threshold).map((each) => ({
      ...each,
      row,
    }));
  });
}

function keep(objects: readonly PlainObject[], threshold: number, classCount: number): PlainObject[] {
  return objects.filter(
    ({ box, score, classNumber }) =>
      score > Math.fround(threshold) && classNumber >= 0 && classNumber < classCount && box.every(Number.isFinite),
  );
}

export interface PlainSuppression {
  readonly iouThreshold: number | undefined;
  readonly isPerClass: boolean;
}

/** Every pair is compared; of equal scores the first counts as the higher one. */
export function plainSuppress(
  objects: readonly PlainObject[],
  { iouThreshold, isPerClass }: PlainSuppression,
): PlainObject[] {
  const sorted = [...objects].sort((a, b) => b.score - a.score || objects.indexOf(a) - objects.indexOf(b));
  const gone = new Set<PlainObject>();
  for (const [i, better] of sorted.entries()) {
    if (gone.has(better)) continue;
    for (const worse of sorted.slice(i + 1)) {
      if (isPerClass && better.classNumber !== worse.classNumber) continue;
      if (iouThreshold !== undefined && overlap(better.box, worse.box) > iouThreshold) gone.add(worse);
    }
  }
  return sorted.filter((object) => !gone.has(object));
}

/** Intersection over union. */
function overlap(a: PlainObject['box'], b: PlainObject['box']): number {
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const areaOf = ([left, top, right, bottom]: PlainObject['box']) => (right - left) * (bottom - top);
  const shared = width * height;
  return shared === 0 ? 0 : shared / (areaOf(a) + areaOf(b) - shared);
}

export interface PlainPrototypes {
  readonly width: number;
  readonly height: number;
  /** A plane for each coefficient. */
  readonly planes: readonly Float32Array[];
}

/** The whole sum, the whole picture at the input's size, then everything outside of the box black. */
export function plainPrototypeMask(
  { width, height, planes }: PlainPrototypes,
  coefficients: readonly number[],
  box: PlainObject['box'],
  input: { readonly width: number; readonly height: number },
): string[] {
  const sum = Float64Array.from({ length: width * height }, (_, i) =>
    planes.reduce((total, plane, k) => total + (coefficients[k] ?? 0) * (plane[i] ?? 0), 0),
  );
  return Array.from({ length: input.height }, (_, y) =>
    Array.from({ length: input.width }, (_, x) => {
      const value = bilinear(
        sum,
        { width, height },
        ((x + 0.5) * width) / input.width - 0.5,
        ((y + 0.5) * height) / input.height - 0.5,
      );
      return value > 0 && box[0] <= x && x < box[2] && box[1] <= y && y < box[3] ? '#' : '.';
    }).join(''),
  );
}

function bilinear(
  map: Float64Array,
  { width, height }: { width: number; height: number },
  x: number,
  y: number,
): number {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const at = (column: number, row: number) =>
    map[Math.min(Math.max(row, 0), height - 1) * width + Math.min(Math.max(column, 0), width - 1)] ?? 0;
  const [fx, fy] = [x - x0, y - y0];
  return (
    (at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx) * (1 - fy) +
    (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy
  );
}

export interface PlainMap {
  readonly width: number;
  readonly height: number;
  readonly values: readonly number[];
}

/**
 * Every pixel of the picture asks the map, which has a border of zeros and whose box has grown by it. '?' where the value is
 * as good as the threshold, and rounding to 32 bits decides.
 */
export function plainRelativeMask(
  { width, height, values }: PlainMap,
  [left, top, right, bottom]: PlainObject['box'],
  picture: { readonly width: number; readonly height: number },
  threshold: number,
): string[] {
  const padded = new Float64Array((width + 2) * (height + 2));
  for (const [i, value] of values.entries()) {
    padded[(Math.floor(i / width) + 1) * (width + 2) + (i % width) + 1] = value;
  }
  const across = grown(left, right, (width + 2) / width);
  const down = grown(top, bottom, (height + 2) / height);
  return Array.from({ length: picture.height }, (_, y) =>
    Array.from({ length: picture.width }, (_, x) => {
      if (x < across.first || x > across.last || y < down.first || y > down.last) return '.';
      const mapX = ((x - across.first + 0.5) * (width + 2)) / (across.last - across.first + 1) - 0.5;
      const mapY = ((y - down.first + 0.5) * (height + 2)) / (down.last - down.first + 1) - 0.5;
      const value = bilinear(padded, { width: width + 2, height: height + 2 }, mapX, mapY);
      if (Math.abs(value - threshold) < 1e-5) return '?';
      return value > threshold ? '#' : '.';
    }).join(''),
  );
}

/** Whole pixels, both of them within; at least one. */
function grown(start: number, end: number, factor: number): { readonly first: number; readonly last: number } {
  const middle = (start + end) / 2;
  const half = ((end - start) / 2) * factor;
  const first = Math.trunc(middle - half);
  return { first, last: Math.max(Math.trunc(middle + half), first) };
}

/** Painted on a picture and counted. */
export function plainUnion(boxes: readonly PlainObject['box'][], width: number, height: number): number {
  const painted = new Set<number>();
  for (const [left, top, right, bottom] of boxes) {
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) painted.add(y * width + x);
  }
  return [...painted].filter((at) => at < width * height).length;
}
