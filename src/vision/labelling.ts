/** Connected-component labelling of masks by runs, and the Euler number that falls off it. */

/**
 * Of 8-connected white regions. A label is provisional: those of one region form a tree, whose root has the region's
 * values.
 */
export interface Labels {
  /** Labels in use; they grow in reading order. */
  count: number;
  /** White regions. */
  components: number;
  /** Regions less their holes. */
  eulerNumber: number;
  /** A root is its own parent, and the oldest of its tree. */
  readonly parent: Int32Array;
  /** The box [left, right) × [top, bottom). */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly top: Int32Array;
  readonly bottom: Int32Array;
  readonly pixels: Int32Array;
}

/** Runs of white pixels in one row. */
interface Runs {
  count: number;
  /** The begin and end of each run, one after the other: run r is [edges[2r], edges[2r + 1]). */
  readonly edges: Int32Array;
  readonly label: Int32Array;
}

/**
 * Labels the non-zero pixels of a mask of width × height bytes, row by row; the result is valid until the next call.
 */
export type Labeller = (mask: Uint8Array, width: number, height: number) => Labels;

/**
 * One pass over the rows: runs of white pixels are joined with those of the row above that touch them, corners
 * included; a union–find forest keeps the labels. Keeps its tables between calls, so make one for each thread.
 *
 * The Euler number is the number of runs less the number of touching pairs, exactly: as closed rectangles runs of one
 * row are disjoint, and two of neighbouring rows meet in nothing, a point or a line, so no three meet; by
 * inclusion–exclusion χ(all) = Σ χ(run) − Σ χ(run ∩ run) with each χ = 1. Closed pixels connect over corners, what is
 * left of the plane over edges: the regions are 8-connected, the holes 4-connected, and whatever lies outside of the
 * mask is black.
 * @see L. He, Y. Chao, K. Suzuki, A Run-Based Two-Scan Labeling Algorithm, IEEE Transactions on Image Processing 17(5),
 * 2008
 * @see S. B. Gray, Local Properties of Binary Images in Two Dimensions, IEEE Transactions on Computers C-20(5), 1971
 */
export function createLabeller(): Labeller {
  let labels = createLabels(0);
  let above = createRuns(0);
  let current = createRuns(0);

  return (mask, width, height) => {
    if (mask.length !== width * height) {
      throw new RangeError(`Cannot label a mask as it must have ${width * height} pixels: it has ${mask.length}`);
    }
    // A run that starts a label touches none above: of two rows at most every second pixel can do so.
    const maxLabels = Math.ceil(width / 2) * Math.ceil(height / 2);
    if (labels.parent.length < maxLabels) labels = createLabels(maxLabels);
    const maxRuns = Math.ceil(width / 2);
    if (above.label.length < maxRuns) {
      above = createRuns(maxRuns);
      current = createRuns(maxRuns);
    }
    labels.count = labels.components = labels.eulerNumber = 0;
    above.count = 0;
    const words = wordsOf(mask);
    for (let y = 0; y < height; y++) {
      current.count = collectRuns(mask, words, y * width, width, current);
      labelRuns(current, above, y, labels);
      [above, current] = [current, above];
    }
    return labels;
  };
}

/** Four pixels each; none where the mask does not lie on a word's boundary. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  return byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, length >> 2) : new Int32Array(0);
}

/**
 * Four pixels at a time where nothing changes, else one by one without a branch, which noise would have the processor
 * guess wrong: every pixel's place is written, and kept where the colour changes.
 */
function collectRuns(mask: Uint8Array, words: Int32Array, offset: number, width: number, { edges }: Runs): number {
  const end = offset + width;
  let count = 0;
  let white = 0;
  for (let i = offset; ; i++) {
    if (i % 4 === 0) while (i + 4 <= end && words[i >> 2] === (-white | 0)) i += 4;
    if (i >= end) break;
    const isWhite = (mask[i]! + 255) >> 8;
    edges[count] = i - offset;
    count += white ^ isWhite;
    white = isWhite;
  }
  edges[count] = width;
  return (count + 1) >> 1;
}

/** Gives each run of row `y` a label, joined over the touching runs above. */
function labelRuns(runs: Runs, above: Runs, y: number, labels: Labels): void {
  const { parent, left, right, bottom, pixels } = labels;
  let pairs = 0;
  let a = 0;
  for (let r = 0; r < runs.count; r++) {
    const start = runs.edges[2 * r]!;
    const end = runs.edges[2 * r + 1]!;
    let label = -1;
    while (a < above.count && above.edges[2 * a + 1]! < start) a++;
    // The last one that touches this run may touch the next one too: look again at it from there.
    for (let t = a; t < above.count && above.edges[2 * t]! <= end; t++) {
      const other = rootOf(parent, above.label[t]!);
      label = label < 0 ? other : join(labels, label, other);
      pairs++;
    }
    if (label < 0) label = startLabel(labels, start, y);
    runs.label[r] = label;
    if (start < left[label]!) left[label] = start;
    if (end > right[label]!) right[label] = end;
    bottom[label] = y + 1;
    pixels[label] = pixels[label]! + end - start;
  }
  labels.eulerNumber += runs.count - pairs;
}

function startLabel(labels: Labels, x: number, y: number): number {
  const label = labels.count++;
  labels.components++;
  labels.parent[label] = label;
  labels.left[label] = x;
  labels.right[label] = x;
  labels.top[label] = y;
  labels.pixels[label] = 0;
  return label;
}

function rootOf(parent: Int32Array, label: number): number {
  let root = label;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root]!]!;
    root = parent[root]!;
  }
  return root;
}

/** Joins two roots into the older one and returns it. */
function join(labels: Labels, a: number, b: number): number {
  if (a === b) return a;
  const [older, younger] = a < b ? [a, b] : [b, a];
  labels.components--;
  labels.parent[younger] = older;
  labels.left[older] = Math.min(labels.left[older]!, labels.left[younger]!);
  labels.right[older] = Math.max(labels.right[older]!, labels.right[younger]!);
  labels.bottom[older] = Math.max(labels.bottom[older]!, labels.bottom[younger]!);
  labels.pixels[older] = labels.pixels[older]! + labels.pixels[younger]!;
  return older;
}

function createLabels(size: number): Labels {
  const table = () => new Int32Array(size);
  return {
    count: 0,
    components: 0,
    eulerNumber: 0,
    parent: table(),
    left: table(),
    right: table(),
    top: table(),
    bottom: table(),
    pixels: table(),
  };
}

function createRuns(size: number): Runs {
  return { count: 0, edges: new Int32Array(2 * size + 1), label: new Int32Array(size) };
}
