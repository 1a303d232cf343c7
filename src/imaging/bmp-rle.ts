import type { BmpHeader } from './headers/bmp.js';
import { broken, createByteReader } from './headers/byte-reader.js';

const END_OF_LINE = 0;
const END_OF_BITMAP = 1;
const STEP = 2;

/**
 * Decodes RLE8 or RLE4. Pixels that are stepped over, and those behind an early end of a row or of the picture, have
 * the palette's first colour, as in OpenCV. A picture whose last row is complete needs no code for its end.
 * @param palette B, G, R of 256 indices
 * @see https://learn.microsoft.com/windows/win32/gdi/bitmap-compression
 * @throws {ServiceError} ERR_IMAGE_DECODE when the data ends early, or a run is longer than its row
 */
export function decodeRle(bytes: Uint8Array, header: BmpHeader, palette: Uint8Array, out: Uint8Array): void {
  const { width, height, topDown, pixelsAt, pixels } = header;
  const isNibbles = pixels === 'rle4';
  const reader = createByteReader(bytes, 'little');
  for (let o = 0; o < out.length; o++) out[o] = palette[o % 3]!;
  let x = 0;
  let y = 0;
  let at = pixelsAt;

  function put(index: number): void {
    const row = topDown ? y : height - 1 - y;
    const o = (row * width + x) * 3;
    out[o] = palette[index * 3]!;
    out[o + 1] = palette[index * 3 + 1]!;
    out[o + 2] = palette[index * 3 + 2]!;
    x++;
  }

  function assertFits(count: number): void {
    if (y >= height || x + count > width) {
      throw broken(
        `a run of an RLE must end in its row: at column ${x} of ${width} in row ${y} it has ${count} pixels`,
      );
    }
  }

  while (y < height - 1 || (y < height && x < width)) {
    const count = reader.u8(at);
    const value = reader.u8(at + 1);
    at += 2;
    if (count > 0) {
      assertFits(count);
      for (let i = 0; i < count; i++) put(isNibbles ? (i % 2 === 0 ? value >> 4 : value & 15) : value);
    } else if (value > STEP) {
      assertFits(value);
      const size = isNibbles ? (value + 1) >> 1 : value;
      reader.u8(at + size - 1);
      for (let i = 0; i < value; i++) {
        const byte = bytes[at + (isNibbles ? i >> 1 : i)]!;
        put(isNibbles ? (i % 2 === 0 ? byte >> 4 : byte & 15) : byte);
      }
      // Indices that stand for themselves are filled up to whole 16-bit words.
      at += size + (size & 1);
    } else if (value === END_OF_LINE) {
      x = 0;
      y++;
    } else if (value === END_OF_BITMAP) {
      return;
    } else {
      x += reader.u8(at);
      y += reader.u8(at + 1);
      at += 2;
      assertFits(0);
    }
  }
}
