import { type ByteReader, createByteReader, refused } from './byte-reader.js';
import type { PictureHeader } from './picture-header.js';

/** How the pixels are stored: index into the palette, or the bits of a colour. */
export type BmpPixels = 'index1' | 'index4' | 'index8' | 'rle4' | 'rle8' | 'rgb555' | 'rgb565' | 'bgr24' | 'bgr32';

export interface BmpHeader extends PictureHeader {
  readonly pixels: BmpPixels;
  /** Rows are stored from the top; normally they come from the bottom. */
  readonly topDown: boolean;
  /** Offset of the first stored row. */
  readonly pixelsAt: number;
  /** Offset, number and size (B, G, R, and in all but the oldest header an unused byte) of the palette's entries. */
  readonly paletteAt: number;
  readonly paletteEntries: number;
  readonly paletteEntryBytes: 3 | 4;
}

const FILE_HEADER_BYTES = 14;
const OS2_HEADER_BYTES = 12;
const INFO_HEADER_BYTES = 40;
const MASKS_AT = FILE_HEADER_BYTES + INFO_HEADER_BYTES;

const COMPRESSION = { none: 0, rle8: 1, rle4: 2, bitFields: 3 } as const;
const COMPRESSION_NAMES: Readonly<Record<number, string>> = {
  1: 'RLE8',
  2: 'RLE4',
  3: 'bit fields',
  4: 'JPEG',
  5: 'PNG',
  6: 'bit fields with alpha',
};

/**
 * Reads BITMAPFILEHEADER and BITMAPINFOHEADER, its shorter predecessor (OS/2) or one of its longer successors.
 * @see https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapinfoheader
 */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const reader = createByteReader(bytes, 'little');
  const infoBytes = reader.u32(FILE_HEADER_BYTES);
  const pixelsAt = reader.u32(10);
  const common = { orientation: 1, samples: 'rgb', pixelsAt, paletteAt: FILE_HEADER_BYTES + infoBytes } as const;
  if (infoBytes === OS2_HEADER_BYTES) {
    const bits = reader.u16(24);
    return {
      ...common,
      width: reader.u16(18),
      height: reader.u16(20),
      pixels: pixelsOf(reader, bits, COMPRESSION.none),
      topDown: false,
      paletteEntries: bits <= 8 ? 2 ** bits : 0,
      paletteEntryBytes: 3,
    };
  }
  if (infoBytes < INFO_HEADER_BYTES) {
    throw refused(`a BMP must have a header of 12 or of at least 40 bytes: it has ${infoBytes}`);
  }
  const signedHeight = reader.i32(22);
  const bits = reader.u16(28);
  const colours = reader.u32(46);
  const allColours = bits <= 8 ? 2 ** bits : 0;
  return {
    ...common,
    width: reader.i32(18),
    height: Math.abs(signedHeight),
    pixels: pixelsOf(reader, bits, reader.u32(30)),
    topDown: signedHeight < 0,
    paletteEntries: colours === 0 || colours > 256 ? allColours : Math.min(colours, 256),
    paletteEntryBytes: 4,
  };
}

/** @throws {ServiceError} ERR_IMAGE_FORMAT for a combination that is not inspected */
function pixelsOf(reader: ByteReader, bits: number, compression: number): BmpPixels {
  switch (compression) {
    case COMPRESSION.none:
      if (bits === 1 || bits === 4 || bits === 8) return `index${bits}`;
      if (bits === 16) return 'rgb555';
      if (bits === 24 || bits === 32) return `bgr${bits}`;
      throw refused(`a BMP must have 1, 4, 8, 16, 24 or 32 bits a pixel: it has ${bits}`);
    case COMPRESSION.rle8:
      if (bits === 8) return 'rle8';
      break;
    case COMPRESSION.rle4:
      if (bits === 4) return 'rle4';
      break;
    case COMPRESSION.bitFields:
      if (bits === 16 || bits === 32) return maskedPixels(reader, bits);
      break;
  }
  const name = COMPRESSION_NAMES[compression] ?? `compression ${compression}`;
  throw refused(
    `a BMP must be uncompressed, RLE8 of 8 bits, RLE4 of 4 or bit fields of 16 or 32: it is ${name} of ${bits} bits`,
  );
}

/** The masks follow the first 40 bytes, whether they are counted as part of the header or not. */
function maskedPixels(reader: ByteReader, bits: 16 | 32): BmpPixels {
  const masks = [0, 4, 8].map((offset) => reader.u32(MASKS_AT + offset).toString(16)).join(', ');
  if (bits === 32 && masks === 'ff0000, ff00, ff') return 'bgr32';
  if (bits === 16 && masks === '7c00, 3e0, 1f') return 'rgb555';
  if (bits === 16 && masks === 'f800, 7e0, 1f') return 'rgb565';
  const known = bits === 32 ? 'ff0000, ff00, ff' : '7c00, 3e0, 1f or f800, 7e0, 1f';
  throw refused(`bit fields of a BMP of ${bits} bits must be ${known} for red, green and blue: they are ${masks}`);
}
