import { createByteReader, refused } from './byte-reader.js';
import type { PictureHeader } from './picture-header.js';

export interface BmpHeader extends PictureHeader {
  readonly bitsPerPixel: 8 | 24 | 32;
  /** Rows are stored from the top; normally they come from the bottom. */
  readonly topDown: boolean;
  /** Offset of the first stored row. */
  readonly pixelsAt: number;
  /** Offset and number of entries (B, G, R, unused) of the palette; of 8-bit pictures only. */
  readonly paletteAt: number;
  readonly paletteEntries: number;
}

const FILE_HEADER_BYTES = 14;
const UNCOMPRESSED = 0;

/**
 * Reads BITMAPFILEHEADER and BITMAPINFOHEADER (or its longer successors).
 * @see https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapinfoheader
 */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const reader = createByteReader(bytes, 'little');
  const infoBytes = reader.u32(FILE_HEADER_BYTES);
  if (infoBytes < 40) throw refused(`a BMP must have a header of at least 40 bytes: it has ${infoBytes} (OS/2)`);
  const signedHeight = reader.i32(22);
  const bitsPerPixel = reader.u16(28);
  const compression = reader.u32(30);
  if (compression !== UNCOMPRESSED)
    throw refused(`a BMP must be uncompressed (BI_RGB): its compression is ${compression}`);
  if (bitsPerPixel !== 8 && bitsPerPixel !== 24 && bitsPerPixel !== 32) {
    throw refused(`a BMP must have 8, 24 or 32 bits a pixel: it has ${bitsPerPixel}`);
  }
  const colours = reader.u32(46);
  return {
    width: reader.i32(18),
    height: Math.abs(signedHeight),
    orientation: 1,
    samples: 'rgb',
    bitsPerPixel,
    topDown: signedHeight < 0,
    pixelsAt: reader.u32(10),
    paletteAt: FILE_HEADER_BYTES + infoBytes,
    paletteEntries: bitsPerPixel !== 8 ? 0 : colours === 0 || colours > 256 ? 256 : colours,
  };
}
