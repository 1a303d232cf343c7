import type { Image } from '../vision/image.js';
import type { Scratch } from '../vision/scratch.js';
import { type BmpHeader, readBmpHeader } from './headers/bmp.js';
import { broken } from './headers/byte-reader.js';

/**
 * Decodes an uncompressed BMP of 8 (palette), 24 or 32 bits a pixel to BGR; the fourth byte is dropped. No other decoder
 * here reads BMP. The caller has checked the number of pixels.
 * @throws {ServiceError} ERR_IMAGE_DECODE when rows or palette are cut, ERR_IMAGE_FORMAT for other kinds of BMP
 */
export function decodeBmp(bytes: Uint8Array, scratch: Scratch): Image {
  const header = readBmpHeader(bytes);
  const { width, height, bitsPerPixel, topDown, pixelsAt } = header;
  // Rows are padded to whole 32-bit words.
  const storedRowBytes = Math.floor((width * bitsPerPixel + 31) / 32) * 4;
  const neededBytes = pixelsAt + storedRowBytes * height;
  if (neededBytes > bytes.length) {
    throw broken(`a BMP must be whole: ${neededBytes} bytes are needed, ${bytes.length} are there`);
  }
  const out = scratch.take(width * height * 3);
  const readRow = bitsPerPixel === 8 ? paletteRowReader(bytes, header) : bitsPerPixel === 24 ? readRow24 : readRow32;
  for (let y = 0; y < height; y++) {
    const storedRow = topDown ? y : height - 1 - y;
    readRow(bytes, pixelsAt + storedRow * storedRowBytes, width, out, y * width * 3);
  }
  return { width, height, channels: 3, data: out };
}

type RowReader = (bytes: Uint8Array, from: number, width: number, out: Uint8Array, to: number) => void;

function readRow24(bytes: Uint8Array, from: number, width: number, out: Uint8Array, to: number): void {
  out.set(bytes.subarray(from, from + width * 3), to);
}

function readRow32(bytes: Uint8Array, from: number, width: number, out: Uint8Array, to: number): void {
  for (let x = 0, i = from, o = to; x < width; x++, i += 4, o += 3) {
    out[o] = bytes[i]!;
    out[o + 1] = bytes[i + 1]!;
    out[o + 2] = bytes[i + 2]!;
  }
}

/** Indices past the palette's end are black, as in OpenCV. */
function paletteRowReader(bytes: Uint8Array, header: BmpHeader): RowReader {
  const palette = new Uint8Array(256 * 4);
  const paletteEnd = header.paletteAt + header.paletteEntries * 4;
  if (paletteEnd > bytes.length) {
    throw broken(`a BMP's palette must be whole: ${paletteEnd} bytes are needed, ${bytes.length} are there`);
  }
  palette.set(bytes.subarray(header.paletteAt, paletteEnd));
  return (source, from, width, out, to) => {
    for (let x = 0, o = to; x < width; x++, o += 3) {
      const entry = source[from + x]! * 4;
      out[o] = palette[entry]!;
      out[o + 1] = palette[entry + 1]!;
      out[o + 2] = palette[entry + 2]!;
    }
  };
}
