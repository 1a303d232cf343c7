/** How far two masks of one picture agree, also where their models see it at another size or another part of it. */
import type { Overlap, PlacedMask } from '../domain/inspection.js';

/**
 * On the grid of the first mask. What the second model did not see counts as black there; what the first did not see is not looked at.
 */
export function overlapOf(first: PlacedMask, second: PlacedMask): Overlap {
  const columns = positions(first, second, 'x', 'width');
  const rows = positions(first, second, 'y', 'height');
  let both = 0;
  let either = 0;
  for (const [row, own] of rows.entries()) {
    const from = (first.content.y + row) * first.width + first.content.x;
    for (const [column, other] of columns.entries()) {
      const isFirst = first.mask[from + column] !== 0;
      const isSecond = own >= 0 && other >= 0 && second.mask[own * second.width + other] !== 0;
      if (isFirst && isSecond) both += 1;
      if (isFirst || isSecond) either += 1;
    }
  }
  return { both, either };
}

/** For each column (or row) of the first mask's content that of the second mask which shows the same place, or -1. */
function positions(first: PlacedMask, second: PlacedMask, start: 'x' | 'y', size: 'width' | 'height'): Int32Array {
  const { seen, content } = first;
  return Int32Array.from({ length: content[size] }, (_, at) => {
    const inPicture = seen[start] + ((at + 0.5) * seen[size]) / content[size];
    const inContent = ((inPicture - second.seen[start]) * second.content[size]) / second.seen[size];
    if (inContent < 0 || inContent >= second.content[size]) return -1;
    return second.content[start] + Math.floor(inContent);
  });
}
