/** What drawings on pictures are made of. */
import type { Size } from '../domain/size.js';
import type { Image } from './image.js';

export type Colour = readonly [blue: number, green: number, red: number];

/** Lines are this fraction of the picture's longer side, at least one pixel. */
const LINE_FRACTION = 1 / 400;

export function lineWidthFor({ width, height }: Size): number {
  return Math.max(1, Math.round(Math.max(width, height) * LINE_FRACTION));
}

/** A picture as three channels. */
export function copyAsColour({ width, height, channels, data }: Image, out: Uint8Array): void {
  const pixels = width * height;
  if (channels === 3) {
    out.set(data.subarray(0, 3 * pixels));
    return;
  }
  for (let i = 0, o = 0; i < pixels; i++) {
    const value = data[i]!;
    out[o++] = value;
    out[o++] = value;
    out[o++] = value;
  }
}

export interface Box {
  readonly left: number;
  readonly top: number;
  /** Not in it. */
  readonly right: number;
  readonly bottom: number;
}

/** What lies outside of the image is left out. */
export function fillRectangle({ width, height, data }: Image, { left, top, right, bottom }: Box, colour: Colour): void {
  const x0 = Math.max(0, left);
  const x1 = Math.min(width, right);
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    for (let o = 3 * (y * width + x0); o < 3 * (y * width + x1); o += 3) {
      data[o] = colour[0];
      data[o + 1] = colour[1];
      data[o + 2] = colour[2];
    }
  }
}
