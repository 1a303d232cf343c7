/** A mask as a page sends it: lengths of black and white runs in turn, black first, row by row. */
import type { Size } from '../domain/size.js';
import type { Mask } from '../imaging/mask-png.js';
import { checkWhole, isMapping } from '../std/checks.js';

/** @returns the mask, or what is wrong with `value` as "must …" */
export function maskOfRuns(value: unknown, picture: Size): Mask | string {
  if (!isMapping(value)) return 'must be a mapping with width, height and runs';
  const { width, height, runs } = value;
  const side = checkWhole({ min: 1, max: Math.max(picture.width, picture.height) });
  const fault = side(width) ?? side(height);
  if (fault !== undefined) return `of width and height ${fault}`;
  const [columns, rows] = [width as number, height as number];
  if (columns > picture.width || rows > picture.height) {
    return `must not be larger than its picture, ${picture.width}×${picture.height}`;
  }
  if (!Array.isArray(runs)) return 'must have runs, a list of lengths';
  const data = new Uint8Array(columns * rows);
  let at = 0;
  for (const [index, run] of runs.entries()) {
    if (!Number.isSafeInteger(run) || run < 0 || at + run > data.length)
      return `must have runs of ${data.length} pixels`;
    if (index % 2 === 1) data.fill(255, at, at + run);
    at += run;
  }
  return at === data.length ? { width: columns, height: rows, data } : `must have runs of ${data.length} pixels`;
}
