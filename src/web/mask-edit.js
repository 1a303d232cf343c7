// The mask that a person mends: regions taken away, defects painted, steps taken back. Knows pixels and no page.

/** Steps that can be taken back. */
const MAX_STEPS = 50;

/**
 * @typedef {Box & { pixels: number, at: { x: number, y: number } }} MaskRegion `at` is one of its pixels
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 */

/**
 * @param {number} width
 * @param {number} height
 * @param {Uint8Array} white 1 where a defect is, row by row; it is changed
 */
export function createMaskEdit(width, height, white) {
  /** @type {Uint8Array[]} */
  const steps = [];

  /** Before a change: what it can be taken back to. */
  function begin() {
    steps.push(white.slice());
    if (steps.length > MAX_STEPS) steps.shift();
  }

  /**
   * Places of the 8-connected white region that a place is in.
   * @param {number} start
   * @param {Uint8Array} isSeen 1 where a place is not to be looked at again
   */
  function regionAt(start, isSeen = new Uint8Array(white.length)) {
    const places = [start];
    isSeen[start] = 1;
    for (let next = 0; next < places.length; next += 1) {
      const at = places[next] ?? 0;
      const x = at % width;
      const y = (at - x) / width;
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
          const neighbour = row * width + column;
          if (white[neighbour] !== 1 || isSeen[neighbour] === 1) continue;
          isSeen[neighbour] = 1;
          places.push(neighbour);
        }
      }
    }
    return places;
  }

  /**
   * The white place next to a point, not further away than `reach`.
   * @param {number} x
   * @param {number} y
   * @param {number} reach
   */
  function nearestWhite(x, y, reach) {
    let best;
    let bestDistance = reach * reach;
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row += 1) {
      for (let column = Math.max(0, x - reach); column <= Math.min(width - 1, x + reach); column += 1) {
        const distance = (row - y) ** 2 + (column - x) ** 2;
        if (white[row * width + column] !== 1 || distance > bestDistance) continue;
        best = row * width + column;
        bestDistance = distance;
      }
    }
    return best;
  }

  return {
    width,
    height,
    white,
    begin,
    /**
     * Makes everything within `radius` of the way from one point to another white or black. `begin` comes before a stroke.
     * @param {{ x: number, y: number }} from
     * @param {{ x: number, y: number }} to
     * @param {number} radius
     * @param {0 | 1} value
     * @returns {Box} what may have changed
     */
    paint(from, to, radius, value) {
      const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius));
      const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
      const right = Math.min(width - 1, Math.ceil(Math.max(from.x, to.x) + radius));
      const bottom = Math.min(height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
      const [alongX, alongY] = [to.x - from.x, to.y - from.y];
      const length = alongX ** 2 + alongY ** 2;
      for (let y = top; y <= bottom; y += 1) {
        for (let x = left; x <= right; x += 1) {
          const part = length === 0 ? 0 : ((x - from.x) * alongX + (y - from.y) * alongY) / length;
          const at = Math.min(1, Math.max(0, part));
          const distance = (x - from.x - at * alongX) ** 2 + (y - from.y - at * alongY) ** 2;
          if (distance <= radius * radius) white[y * width + x] = value;
        }
      }
      return { x: left, y: top, width: Math.max(0, right - left + 1), height: Math.max(0, bottom - top + 1) };
    },
    /**
     * Takes the region at a point away.
     * @param {number} x
     * @param {number} y
     * @param {number} reach how far from it the point may be
     * @returns {boolean} false when there is none
     */
    removeRegion(x, y, reach) {
      const start = nearestWhite(Math.round(x), Math.round(y), Math.ceil(reach));
      if (start === undefined) return false;
      begin();
      for (const at of regionAt(start)) white[at] = 0;
      return true;
    },
    clear() {
      begin();
      white.fill(0);
    },
    /** @returns {boolean} false when there is nothing to take back */
    undo() {
      const before = steps.pop();
      if (before === undefined) return false;
      white.set(before);
      return true;
    },
    isChanged: () => steps.length > 0,
    /**
     * The regions, the largest first.
     * @returns {MaskRegion[]}
     */
    regions() {
      const isSeen = new Uint8Array(white.length);
      /** @type {MaskRegion[]} */
      const found = [];
      for (let start = 0; start < white.length; start += 1) {
        if (white[start] !== 1 || isSeen[start] === 1) continue;
        const places = regionAt(start, isSeen);
        let [left, right, top, bottom] = [width, 0, height, 0];
        for (const at of places) {
          const x = at % width;
          const y = (at - x) / width;
          [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
        }
        const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
        const first = { x: start % width, y: Math.floor(start / width) };
        found.push({ ...box, pixels: places.length, at: first });
      }
      return found.sort((a, b) => b.pixels - a.pixels);
    },
    /** Lengths of black and white runs in turn, black first, row by row: what `POST …/judgement` takes. */
    runs() {
      const runs = [];
      let value = 0;
      let length = 0;
      for (const pixel of white) {
        if (pixel === value) length += 1;
        else {
          runs.push(length);
          value = pixel;
          length = 1;
        }
      }
      return [...runs, length];
    },
  };
}

/** @typedef {ReturnType<typeof createMaskEdit>} MaskEdit */
