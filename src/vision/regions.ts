import type { Region } from '../domain/measures.js';
import { createLabeller, type Labels } from './labelling.js';

/** What the white pixels of a mask form. */
export interface Shapes {
  /** The number of contours, as `countContours` gives it. */
  readonly contours: number;
  /** The 8-connected regions of non-zero pixels, largest first; of equal ones the one found first in reading order. */
  readonly regions: readonly Region[];
}

/**
 * Finds the white regions of masks of width × height bytes, row by row; keeps its tables between calls, so make one for
 * each thread.
 */
export interface RegionFinder {
  /** Regions and contours in one pass. */
  find(mask: Uint8Array, width: number, height: number): Shapes;
  /**
   * The contours that OpenCV's findContours(RETR_TREE) finds: one around each 8-connected white region and one around
   * each hole, a 4-connected black region that the outside does not reach.
   * @see S. Suzuki, K. Abe, Topological Structural Analysis of Digitized Binary Images by Border Following, CVGIP 30,
   * 1985
   */
  countContours(mask: Uint8Array, width: number, height: number): number;
}

/** @param maxRegions at most so many are given; all are counted */
export function createRegionFinder(maxRegions = 100): RegionFinder {
  const label = createLabeller();
  return {
    find(mask, width, height) {
      const labels = label(mask, width, height);
      return { contours: contoursOf(labels), regions: largestRegions(labels, maxRegions) };
    },
    countContours: (mask, width, height) => contoursOf(label(mask, width, height)),
  };
}

/** Regions and holes, as the Euler number is regions less holes. */
function contoursOf({ components, eulerNumber }: Labels): number {
  return 2 * components - eulerNumber;
}

function largestRegions(labels: Labels, maxRegions: number): Region[] {
  const { count, parent, pixels } = labels;
  // Labels grow in reading order and the older one of two stays: behind its equals each is in that order.
  const largest: number[] = [];
  for (let label = 0; label < count; label++) {
    if (parent[label] !== label) continue;
    const size = pixels[label]!;
    if (largest.length === maxRegions) {
      if (size <= pixels[largest[maxRegions - 1]!]!) continue;
      largest.pop();
    }
    let at = largest.length;
    while (at > 0 && pixels[largest[at - 1]!]! < size) at--;
    largest.splice(at, 0, label);
  }
  return largest.map((root) => {
    const x = labels.left[root]!;
    const y = labels.top[root]!;
    const width = labels.right[root]! - x;
    const height = labels.bottom[root]! - y;
    return { x, y, width, height, pixels: pixels[root]! };
  });
}
