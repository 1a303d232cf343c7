/** Takes the small regions out of a mask. */

/**
 * Makes every 8-connected white region of fewer than `minPixels` pixels black.
 * @returns the white pixels that are left
 */
export type RegionFilter = (mask: Uint8Array, width: number, height: number) => number;

/** Keeps its table between calls, so make one for each thread. */
export function createRegionFilter(minPixels: number): RegionFilter {
  /** Pixels of the region that is being walked, in the order found: those still to be looked at are at its end. */
  let region = new Int32Array(0);
  let seen = new Uint8Array(0);

  return (mask, width, height) => {
    if (region.length < mask.length) {
      region = new Int32Array(mask.length);
      seen = new Uint8Array(mask.length);
    }
    seen.fill(0);
    let left = 0;
    for (let start = 0; start < mask.length; start++) {
      if (mask[start] === 0 || seen[start] !== 0) continue;
      const count = walk(mask, width, height, start, region, seen);
      if (count >= minPixels) left += count;
      else for (let i = 0; i < count; i++) mask[region[i]!] = 0;
    }
    return left;
  };
}

/** Collects the region of `start`; gives the number of its pixels. */
function walk(
  mask: Uint8Array,
  width: number,
  height: number,
  start: number,
  region: Int32Array,
  seen: Uint8Array,
): number {
  let count = 0;
  region[count++] = start;
  seen[start] = 1;
  for (let next = 0; next < count; next++) {
    const at = region[next]!;
    const x = at % width;
    const y = (at - x) / width;
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
        const neighbour = ny * width + nx;
        if (mask[neighbour] === 0 || seen[neighbour] !== 0) continue;
        seen[neighbour] = 1;
        region[count++] = neighbour;
      }
    }
  }
  return count;
}
