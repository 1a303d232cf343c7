/** What the contracts of pixels are tried on: sizes, kinds of memory, pictures. */
import fc from 'fast-check';
import type { Image } from '../../src/vision/image.js';

type Size = Readonly<{ width: number; height: number }>;

export const side = fc.integer({ min: 1, max: 70 });
export const channels = fc.constantFrom(1 as const, 3 as const);
export const isInside = fc.boolean();
export const size = fc.record({ width: side, height: side });
export const seed = fc.integer({ min: 1, max: 2 ** 31 - 2 });

/** Noise, flat areas and both extremes. */
export function picture(
  { width, height }: Size,
  count: 1 | 3,
  start: number,
  room = (bytes: number): Uint8Array => new Uint8Array(bytes),
): Image {
  const data = room(width * height * count);
  let state = start;
  for (let i = 0; i < data.length; i++) {
    state = (state * 48271) % 2147483647;
    data[i] = [state & 255, (state & 1) * 255, 255][start % 3] as number;
  }
  return { width, height, channels: count, data };
}

/** More bytes in colour than the kernels' memory has: one row of noise after the other, each moved by a few pixels. */
export function hugePicture(count: 1 | 3, room: (bytes: number) => Uint8Array): Image {
  const [width, height] = [6000, 4000];
  const { data: noise } = picture({ width: 2 * width, height: 1 }, count, 5);
  const data = room(width * height * count);
  for (let y = 0; y < height; y++) data.set(noise.subarray(y, y + width * count), y * width * count);
  return { width, height, channels: count, data };
}

export function blankPair({ width, height }: Size, data: Uint8Array): Image {
  return { width: 2 * width, height, channels: 3, data };
}

export function area({ width, height }: Size): number {
  return width * height;
}

/** Bytes of shared memory never equal others for `deepEqual`. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
