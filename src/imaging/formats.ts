/**
 * The picture formats that are inspected, one row each. What tells them apart, the sentence that refuses all others,
 * the decoders, the files that a folder's reader takes, the media types of the live page and README's list come from
 * here.
 */
import { readBmpHeader } from './headers/bmp.js';
import { startsWith } from './headers/byte-reader.js';
import { readJpegHeader } from './headers/jpeg.js';
import type { PictureHeader } from './headers/picture-header.js';
import { readPngHeader } from './headers/png.js';
import { readTiffHeader } from './headers/tiff.js';
import { readWebpHeader } from './headers/webp.js';

export interface FormatRow {
  /** The name as people write it. */
  readonly label: string;
  readonly mediaType: string;
  /** The extensions of its files, with the dot, in lower case. */
  readonly extensions: readonly string[];
  /** Whether the first bytes are those of the format. */
  readonly matches: (bytes: Uint8Array) => boolean;
  /** @throws {ServiceError} ERR_IMAGE_DECODE or ERR_IMAGE_FORMAT */
  readonly readHeader: (bytes: Uint8Array) => PictureHeader;
  /** The class of libvips that loads it; absent where libvips is not asked. */
  readonly vipsLoader?: string;
}

/** Sizes of the second header of a BMP; "BM" alone could begin a text. */
const BMP_HEADER_BYTES = [12, 16, 40, 52, 56, 64, 108, 124];

export const FORMATS = {
  jpeg: {
    label: 'JPEG',
    mediaType: 'image/jpeg',
    extensions: ['.jpg', '.jpeg'],
    matches: (bytes) => startsWith(bytes, '\xff\xd8\xff'),
    readHeader: readJpegHeader,
    vipsLoader: 'VipsForeignLoadJpegBuffer',
  },
  png: {
    label: 'PNG',
    mediaType: 'image/png',
    extensions: ['.png'],
    matches: (bytes) => startsWith(bytes, '\x89PNG\r\n\x1a\n'),
    readHeader: readPngHeader,
    vipsLoader: 'VipsForeignLoadPngBuffer',
  },
  webp: {
    label: 'WebP',
    mediaType: 'image/webp',
    extensions: ['.webp'],
    matches: (bytes) => startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8),
    readHeader: readWebpHeader,
    vipsLoader: 'VipsForeignLoadWebpBuffer',
  },
  tiff: {
    label: 'TIFF',
    mediaType: 'image/tiff',
    extensions: ['.tif', '.tiff'],
    // The latter two are BigTIFF.
    matches: (bytes) => ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((signature) => startsWith(bytes, signature)),
    readHeader: readTiffHeader,
    vipsLoader: 'VipsForeignLoadTiffBuffer',
  },
  bmp: {
    label: 'BMP',
    mediaType: 'image/bmp',
    extensions: ['.bmp'],
    matches: (bytes) =>
      startsWith(bytes, 'BM') && BMP_HEADER_BYTES.includes(bytes[14] ?? 0) && bytes[15] === 0 && bytes[16] === 0,
    readHeader: readBmpHeader,
  },
} as const satisfies Readonly<Record<string, FormatRow>>;

export type PictureFormat = keyof typeof FORMATS;

/** The rows of FORMATS with their common type, in order. */
export const FORMAT_ROWS = Object.entries(FORMATS) as readonly (readonly [PictureFormat, FormatRow])[];

/** The format whose signature the bytes begin with. */
export function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  return FORMAT_ROWS.find(([, { matches }]) => matches(bytes))?.[0];
}

/** Undefined for everything that is no inspected format: nothing that could carry a script has a media type here. */
export function mediaTypeOf(bytes: Uint8Array): string | undefined {
  const format = formatOf(bytes);
  return format && FORMATS[format].mediaType;
}
