import type { Region } from '../message.js';

/** Finds the white regions of masks; keeps its tables between calls, so make one for each thread. */
export interface RegionFinder {
  /**
   * The 8-connected regions of non-zero pixels, largest first; of equal ones the one found first in reading order.
   * @param mask width × height bytes, row by row
   */
  find(mask: Uint8Array, width: number, height: number): readonly Region[];
}

/** Growing tables: one entry a provisional label. */
interface Labels {
  readonly parent: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly top: Int32Array;
  readonly bottom: Int32Array;
  readonly pixels: Int32Array;
}

/** Runs of white pixels in one row: [start, end) and the label of each. */
interface Runs {
  count: number;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly label: Int32Array;
}

/**
 * One pass over the rows: runs of white pixels are joined with those of the row above that touch them, corners included;
 * a union–find forest keeps the labels.
 * @param maxRegions at most so many are given
 */
export function createRegionFinder(maxRegions = 100): RegionFinder {
  let labels = createLabels(0);
  let above = createRuns(0);
  let current = createRuns(0);

  return {
    find(mask, width, height) {
      if (mask.length !== width * height) {
        throw new RangeError(
          `Cannot find regions as the mask must have ${width * height} pixels: it has ${mask.length}`,
        );
      }
      // A run that starts a label touches none above: of two rows at most every second pixel can do so.
      const maxLabels = Math.ceil(width / 2) * Math.ceil(height / 2);
      if (labels.parent.length < maxLabels) labels = createLabels(maxLabels);
      const maxRuns = Math.ceil(width / 2);
      if (above.start.length < maxRuns) {
        above = createRuns(maxRuns);
        current = createRuns(maxRuns);
      }
      above.count = 0;
      let labelCount = 0;
      for (let y = 0; y < height; y++) {
        collectRuns(mask, y * width, width, current);
        labelCount = labelRuns(current, above, y, labels, labelCount);
        [above, current] = [current, above];
      }
      return largestRegions(labels, labelCount, maxRegions);
    },
  };
}

function collectRuns(mask: Uint8Array, offset: number, width: number, runs: Runs): void {
  let count = 0;
  for (let x = 0; x < width; ) {
    if (mask[offset + x] === 0) {
      x++;
      continue;
    }
    runs.start[count] = x;
    while (x < width && mask[offset + x] !== 0) x++;
    runs.end[count++] = x;
  }
  runs.count = count;
}

/** Gives each run of row `y` a label, joined over the touching runs above. Returns the number of labels so far. */
function labelRuns(runs: Runs, above: Runs, y: number, labels: Labels, labelCount: number): number {
  let count = labelCount;
  let a = 0;
  for (let r = 0; r < runs.count; r++) {
    const start = runs.start[r] as number;
    const end = runs.end[r] as number;
    let label = -1;
    while (a < above.count && (above.end[a] as number) < start) a++;
    // The last one that touches this run may touch the next one too: look again at it from there.
    for (let t = a; t < above.count && (above.start[t] as number) <= end; t++) {
      const other = rootOf(labels.parent, above.label[t] as number);
      label = label < 0 ? other : join(labels, label, other);
    }
    if (label < 0) {
      label = count++;
      startLabel(labels, label, start, y);
    }
    runs.label[r] = label;
    labels.left[label] = Math.min(labels.left[label] as number, start);
    labels.right[label] = Math.max(labels.right[label] as number, end);
    labels.bottom[label] = y + 1;
    labels.pixels[label] = (labels.pixels[label] as number) + end - start;
  }
  return count;
}

function startLabel(labels: Labels, label: number, x: number, y: number): void {
  labels.parent[label] = label;
  labels.left[label] = x;
  labels.right[label] = x;
  labels.top[label] = y;
  labels.pixels[label] = 0;
}

function rootOf(parent: Int32Array, label: number): number {
  let root = label;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root] as number] as number;
    root = parent[root] as number;
  }
  return root;
}

/** Joins two roots into the older one and returns it. */
function join(labels: Labels, a: number, b: number): number {
  if (a === b) return a;
  const [older, younger] = a < b ? [a, b] : [b, a];
  labels.parent[younger] = older;
  labels.left[older] = Math.min(labels.left[older] as number, labels.left[younger] as number);
  labels.right[older] = Math.max(labels.right[older] as number, labels.right[younger] as number);
  labels.bottom[older] = Math.max(labels.bottom[older] as number, labels.bottom[younger] as number);
  labels.pixels[older] = (labels.pixels[older] as number) + (labels.pixels[younger] as number);
  return older;
}

function largestRegions(labels: Labels, labelCount: number, maxRegions: number): Region[] {
  const roots: number[] = [];
  for (let label = 0; label < labelCount; label++) if (labels.parent[label] === label) roots.push(label);
  // Labels grow in reading order and the older one of two stays, so a stable sort keeps that order among equals.
  roots.sort((a, b) => (labels.pixels[b] as number) - (labels.pixels[a] as number));
  return roots.slice(0, maxRegions).map((root) => {
    const x = labels.left[root] as number;
    const y = labels.top[root] as number;
    const width = (labels.right[root] as number) - x;
    const height = (labels.bottom[root] as number) - y;
    return { x, y, width, height, pixels: labels.pixels[root] as number };
  });
}

function createLabels(size: number): Labels {
  const table = () => new Int32Array(size);
  return { parent: table(), left: table(), right: table(), top: table(), bottom: table(), pixels: table() };
}

function createRuns(size: number): Runs {
  return { count: 0, start: new Int32Array(size), end: new Int32Array(size), label: new Int32Array(size) };
}
