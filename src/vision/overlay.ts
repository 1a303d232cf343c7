import type { Region } from '../domain/measures.js';
import type { Rectangle } from '../domain/size.js';
import { type Colour, copyAsColour, fillRectangle, lineWidthFor } from './draw.js';
import type { Image } from './image.js';

/** What is drawn over a picture, in pixels of the mask. */
export interface Marks {
  /** width × height bytes, row by row; 0 is black. */
  readonly mask: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly regions: readonly Region[];
  /** The part of the picture that the mask shows, in the picture's pixels; absent: all of it. */
  readonly seen?: Rectangle;
}

const CONTOUR: Colour = [48, 59, 255];
const BOX: Colour = [51, 194, 255];

/**
 * The picture at its own size with every border between white and black of the mask drawn on it, holes included, and a
 * box around every region. Mask pixel (x, y) covers the part that the mask shows from x·W/w to (x+1)·W/w and y·H/h to
 * (y+1)·H/h, as the plain resize to the model's size takes it; lines run along those borders, boxes one line outside.
 * @param out of the picture's size, three channels (B, G, R)
 * @throws {RangeError} when a size does not fit
 */
export function writeOverlay(picture: Image, marks: Marks, out: Image): void {
  const { width, height } = picture;
  const seen = marks.seen ?? { x: 0, y: 0, width, height };
  const fits = out.width === width && out.height === height && out.channels === 3;
  if (!fits || marks.mask.length !== marks.width * marks.height) {
    throw new RangeError(
      `Cannot write the overlay as it must be ${width}×${height}×3: it is ${out.width}×${out.height}×${out.channels}, the mask ${marks.mask.length} pixels`,
    );
  }
  copyAsColour(picture, out.data);
  const line = lineWidthFor(picture);
  const toX = (x: number) => seen.x + Math.round((x * seen.width) / marks.width);
  const toY = (y: number) => seen.y + Math.round((y * seen.height) / marks.height);
  const half = line >> 1;
  const horizontal = (x0: number, x1: number, y: number, colour: Colour) =>
    fillRectangle(out, { left: x0 - half, top: y - half, right: x1 - half + line, bottom: y - half + line }, colour);
  const vertical = (x: number, y0: number, y1: number, colour: Colour) =>
    fillRectangle(out, { left: x - half, top: y0 - half, right: x - half + line, bottom: y1 - half + line }, colour);

  for (const { x, y, width: w, height: h } of marks.regions) {
    const [left, right] = [toX(x) - 2 * line, toX(x + w) + 2 * line];
    const [top, bottom] = [toY(y) - 2 * line, toY(y + h) + 2 * line];
    horizontal(left, right, top, BOX);
    horizontal(left, right, bottom, BOX);
    vertical(left, top, bottom, BOX);
    vertical(right, top, bottom, BOX);
  }
  for (let y = 0; y < marks.height; y++) {
    for (let x = 0; x < marks.width; x++) {
      const white = isWhite(marks, x, y);
      if (white !== isWhite(marks, x - 1, y)) vertical(toX(x), toY(y), toY(y + 1), CONTOUR);
      if (white !== isWhite(marks, x, y - 1)) horizontal(toX(x), toX(x + 1), toY(y), CONTOUR);
      if (white && x === marks.width - 1) vertical(seen.x + seen.width - 1, toY(y), toY(y + 1), CONTOUR);
      if (white && y === marks.height - 1) horizontal(toX(x), toX(x + 1), seen.y + seen.height - 1, CONTOUR);
    }
  }
}

/** Everything outside the mask is black. */
function isWhite({ mask, width }: Marks, x: number, y: number): boolean {
  return x >= 0 && y >= 0 && mask[y * width + x] !== 0;
}
