/**
 * Non-maximum suppression: of boxes that overlap too much only the one with the highest score stays. Equal scores are taken
 * in the order of the output, so that the result does not depend on how anything is sorted.
 */
import { type Candidates, MAX_CANDIDATES } from './candidates.js';

export interface SuppressOptions {
  /** A box goes when its intersection over union with a better one is greater; undefined: every box stays. */
  readonly iouThreshold: number | undefined;
  /** Whether boxes of different classes leave each other alone. */
  readonly isPerClass: boolean;
  /** The best ones that are looked at. */
  readonly maxCandidates: number;
  /** As many boxes stay at most. */
  readonly maxObjects: number;
}

export interface Survivors {
  readonly count: number;
  /** Numbers of the candidates that stay, by falling score. */
  readonly candidates: Int32Array;
  /** Candidates that were not looked at, because there were too many or because enough boxes had been kept. */
  readonly cut: number;
}

/**
 * @param border added to each side of a box that is measured: 1 where borders count as pixels, else 0
 * @returns the survivors, valid until the next call
 */
export type Suppressor = (candidates: Candidates, border?: number) => Survivors;

/**
 * A candidate is compared with the boxes that were kept, not with every other candidate: 3 000 candidates and 300 kept boxes
 * are a fraction of the pairs. Nothing is allocated for a box.
 */
export function createSuppressor({ iouThreshold, isPerClass, maxCandidates, maxObjects }: SuppressOptions): Suppressor {
  const kept = new Int32Array(maxObjects);
  const keptBoxes = new Float64Array(4 * maxObjects);
  const keptAreas = new Float64Array(maxObjects);
  /** The kept boxes of a class form a chain: the newest of each class, and the one before each; -1 ends it. */
  let newest = new Int32Array(1);
  const previous = new Int32Array(maxObjects);
  let keys = new Float64Array(0);

  return (candidates, border = 0) => {
    const { count, boxes, classes } = candidates;
    if (keys.length < count) keys = new Float64Array(Math.max(count, 2 * keys.length));
    const ordered = order(candidates, keys);
    if (newest.length < candidates.bestScores.length) newest = new Int32Array(candidates.bestScores.length);
    newest.fill(-1);
    const end = Math.max(0, count - maxCandidates);
    let survivors = 0;
    let next = count - 1;
    for (; next >= end && survivors < maxObjects; next--) {
      const key = ordered[next]!;
      const candidate = MAX_CANDIDATES - 1 - (key - Math.floor(key / MAX_CANDIDATES) * MAX_CANDIDATES);
      const left = boxes[4 * candidate]!;
      const top = boxes[4 * candidate + 1]!;
      const right = boxes[4 * candidate + 2]!;
      const bottom = boxes[4 * candidate + 3]!;
      const area = (right - left + border) * (bottom - top + border);
      const group = isPerClass ? classes[candidate]! : 0;
      let rival = iouThreshold === undefined ? -1 : newest[group]!;
      for (; rival >= 0; rival = previous[rival]!) {
        const width = Math.min(right, keptBoxes[4 * rival + 2]!) - Math.max(left, keptBoxes[4 * rival]!) + border;
        if (width <= 0) continue;
        const height = Math.min(bottom, keptBoxes[4 * rival + 3]!) - Math.max(top, keptBoxes[4 * rival + 1]!) + border;
        if (height <= 0) continue;
        const shared = width * height;
        if (shared / (area + keptAreas[rival]! - shared) > iouThreshold!) break;
      }
      if (rival >= 0) continue;
      kept[survivors] = candidate;
      keptBoxes[4 * survivors] = left;
      keptBoxes[4 * survivors + 1] = top;
      keptBoxes[4 * survivors + 2] = right;
      keptBoxes[4 * survivors + 3] = bottom;
      keptAreas[survivors] = area;
      previous[survivors] = newest[group]!;
      newest[group] = survivors;
      survivors++;
    }
    return { count: survivors, candidates: kept, cut: next + 1 };
  };
}

/**
 * One number a candidate, sorted from the last to the first: the bits of a positive 32-bit float grow with its value, and below
 * them stands the candidate's number, turned around. 32 + 21 bits are exact in a double, and sorting numbers needs no callback.
 */
function order({ count, scores }: Candidates, keys: Float64Array): Float64Array {
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, count);
  for (let i = 0; i < count; i++) keys[i] = bits[i]! * MAX_CANDIDATES + (MAX_CANDIDATES - 1 - i);
  return keys.subarray(0, count).sort();
}
