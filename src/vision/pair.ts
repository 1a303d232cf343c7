import type { Image } from './image.js';

/**
 * The result picture: `image` on the left, its mask in grey on the right, both width × height; `pair` is 2·width ×
 * height in three channels. Reads one channel (grey) or three (B, G, R).
 * @throws {RangeError} when a size does not fit
 */
export function writePair(image: Image, mask: Uint8Array, pair: Image): void {
  const { width, height, channels, data } = image;
  if (pair.width !== 2 * width || pair.height !== height || pair.channels !== 3 || mask.length !== width * height) {
    throw new RangeError(
      `Cannot write the pair as it must be ${2 * width}×${height}×3: it is ${pair.width}×${pair.height}×${pair.channels}, the mask ${mask.length} pixels`,
    );
  }
  const out = pair.data;
  const rowBytes = 3 * width;
  for (let y = 0; y < height; y++) {
    const left = y * 2 * rowBytes;
    if (channels === 3) out.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), left);
    else spread(data, y * width, width, out, left);
    spread(mask, y * width, width, out, left + rowBytes);
  }
}

/** `count` grey values as three equal channels. */
function spread(grey: Uint8Array, from: number, count: number, out: Uint8Array, to: number): void {
  for (let i = 0, o = to; i < count; i++, o += 3) {
    const value = grey[from + i]!;
    out[o] = value;
    out[o + 1] = value;
    out[o + 2] = value;
  }
}
