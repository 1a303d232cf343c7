import type { Image } from '../vision/image.js';
import type { Scratch } from '../vision/scratch.js';
import { decodeRle } from './bmp-rle.js';
import { type BmpHeader, readBmpHeader } from './headers/bmp.js';
import { broken } from './headers/byte-reader.js';

/**
 * Decodes a BMP to the bytes of OpenCV; a fourth byte is dropped, the low bits of 16-bit pixels are zero. No other
 * decoder here reads BMP. The caller has checked the number of pixels.
 * @throws {ServiceError} ERR_IMAGE_DECODE when rows or palette are cut, ERR_IMAGE_FORMAT for kinds that are not
 * inspected
 */
export function decodeBmp(bytes: Uint8Array, scratch: Scratch): Image {
  const header = readBmpHeader(bytes);
  const { width, height, pixels } = header;
  const data = scratch.take(width * height * 3);
  const image: Image = { width, height, channels: 3, data };
  if (pixels === 'rle4' || pixels === 'rle8') {
    decodeRle(bytes, header, readPalette(bytes, header), data);
    return image;
  }
  decodeRows(bytes, header, data);
  return image;
}

const BITS = { index1: 1, index4: 4, index8: 8, rgb555: 16, rgb565: 16, bgr24: 24, bgr32: 32 } as const;

function decodeRows(bytes: Uint8Array, header: BmpHeader, out: Uint8Array): void {
  const { width, height, topDown, pixelsAt, pixels } = header;
  const bits = BITS[pixels as keyof typeof BITS];
  // Rows are padded to whole 32-bit words.
  const storedRowBytes = Math.floor((width * bits + 31) / 32) * 4;
  const neededBytes = pixelsAt + storedRowBytes * height;
  if (neededBytes > bytes.length) {
    throw broken(`a BMP must be whole: ${neededBytes} bytes are needed, ${bytes.length} are there`);
  }
  const readRow = rowReader(bytes, header);
  for (let y = 0; y < height; y++) {
    const storedRow = topDown ? y : height - 1 - y;
    readRow(bytes, pixelsAt + storedRow * storedRowBytes, width, out, y * width * 3);
  }
}

type RowReader = (bytes: Uint8Array, from: number, width: number, out: Uint8Array, to: number) => void;

function rowReader(bytes: Uint8Array, header: BmpHeader): RowReader {
  switch (header.pixels) {
    case 'bgr24':
      return readRow24;
    case 'bgr32':
      return readRow32;
    case 'rgb555':
      return readRow555;
    case 'rgb565':
      return readRow565;
    case 'index1':
      return indexReader(readPalette(bytes, header), 1);
    case 'index4':
      return indexReader(readPalette(bytes, header), 4);
    default:
      return indexReader(readPalette(bytes, header), 8);
  }
}

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

function readRow555(bytes: Uint8Array, from: number, width: number, out: Uint8Array, to: number): void {
  for (let x = 0, i = from, o = to; x < width; x++, i += 2, o += 3) {
    const value = bytes[i]! | (bytes[i + 1]! << 8);
    out[o] = (value << 3) & 0xf8;
    out[o + 1] = (value >> 2) & 0xf8;
    out[o + 2] = (value >> 7) & 0xf8;
  }
}

function readRow565(bytes: Uint8Array, from: number, width: number, out: Uint8Array, to: number): void {
  for (let x = 0, i = from, o = to; x < width; x++, i += 2, o += 3) {
    const value = bytes[i]! | (bytes[i + 1]! << 8);
    out[o] = (value << 3) & 0xf8;
    out[o + 1] = (value >> 3) & 0xfc;
    out[o + 2] = (value >> 8) & 0xf8;
  }
}

/** The leftmost pixel is in the highest bits of its byte. */
function indexReader(palette: Uint8Array, bits: 1 | 4 | 8): RowReader {
  const mask = 2 ** bits - 1;
  const perByte = 8 / bits;
  return (source, from, width, out, to) => {
    for (let x = 0, o = to; x < width; x++, o += 3) {
      const shift = 8 - bits * ((x % perByte) + 1);
      const entry = ((source[from + Math.floor(x / perByte)]! >> shift) & mask) * 3;
      out[o] = palette[entry]!;
      out[o + 1] = palette[entry + 1]!;
      out[o + 2] = palette[entry + 2]!;
    }
  };
}

/** B, G, R of 256 indices; those past the palette's end are black, as in OpenCV. */
function readPalette(bytes: Uint8Array, { paletteAt, paletteEntries, paletteEntryBytes }: BmpHeader): Uint8Array {
  const end = paletteAt + paletteEntries * paletteEntryBytes;
  if (end > bytes.length) {
    throw broken(`a BMP's palette must be whole: ${end} bytes are needed, ${bytes.length} are there`);
  }
  const palette = new Uint8Array(256 * 3);
  for (let i = 0; i < paletteEntries; i++) {
    const at = paletteAt + i * paletteEntryBytes;
    palette.set(bytes.subarray(at, at + 3), i * 3);
  }
  return palette;
}
