/** How many pixels a set of rectangles covers together, without a picture to paint them on. */

/**
 * Sweeps from top to bottom over the bands between the rectangles' edges; in each band the intervals of those that cross it
 * are joined from left to right.
 * @param boxes left, top, right, bottom of each
 */
export function unionArea(boxes: Float64Array, count: number): number {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => leftOf(boxes, a) - leftOf(boxes, b));
  const edges = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    edges[2 * i] = boxes[4 * i + 1]!;
    edges[2 * i + 1] = boxes[4 * i + 3]!;
  }
  edges.sort();
  let area = 0;
  for (let band = 0; band + 1 < edges.length; band++) {
    const top = edges[band]!;
    const bottom = edges[band + 1]!;
    if (!(bottom > top)) continue;
    let covered = 0;
    let reached = Number.NEGATIVE_INFINITY;
    for (const i of order) {
      if (boxes[4 * i + 1]! > top || boxes[4 * i + 3]! < bottom) continue;
      const right = boxes[4 * i + 2]!;
      if (right <= reached) continue;
      covered += right - Math.max(boxes[4 * i]!, reached);
      reached = right;
    }
    area += covered * (bottom - top);
  }
  return area;
}

function leftOf(boxes: Float64Array, i: number): number {
  return boxes[4 * i]!;
}
