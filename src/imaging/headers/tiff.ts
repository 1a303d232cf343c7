import { readDirectory, TAG, type TiffDirectory } from '../tiff/directory.js';
import { broken, refused } from './byte-reader.js';
import { type PictureHeader, type Samples, toOrientation } from './picture-header.js';

const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, ycbcr: 6 } as const;
const COMPRESSION_JPEG = 7;
const SEPARATE = 2;
const EXTRA = { unspecified: 0, associated: 1, unassociated: 2 } as const;
const UNSIGNED = 1;

/** The names of sample formats, for the sentence that refuses them. */
const SAMPLE_FORMATS: Readonly<Record<number, string>> = {
  2: 'signed',
  3: 'floating point',
  5: 'complex',
  6: 'complex',
};
const PHOTOMETRIC_NAMES: Readonly<Record<number, string>> = {
  0: 'grey',
  1: 'grey',
  2: 'RGB',
  3: 'palette',
  4: 'a transparency mask',
  5: 'CMYK',
  6: 'YCbCr',
  8: 'Lab',
  9: 'Lab',
  10: 'Lab',
  32803: 'raw Bayer',
  32844: 'LogL',
  32845: 'LogLuv',
};
const REFUSED_COMPRESSIONS: Readonly<Record<number, string>> = {
  32809: 'ThunderScan',
  32909: 'PixarLog',
  34661: 'JBIG',
  34676: 'SGILog',
  34677: 'SGILog24',
  34712: 'JPEG 2000',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'zstd',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/**
 * Reads the first directory. The many kinds of TIFF that no decoder here brings to OpenCV's very bytes (CMYK, Lab,
 * floating point, …) are refused by name.
 * @see TIFF Revision 6.0, §2 and §8
 */
export function readTiffHeader(bytes: Uint8Array): PictureHeader {
  const directory = readDirectory(bytes);
  const { first } = directory;
  const width = first(TAG.width);
  const height = first(TAG.height);
  if (width === undefined || height === undefined) throw broken('a TIFF must have a width and a height: it has not');
  const samples = classify(directory);
  const orientation = toOrientation(first(TAG.orientation) ?? 1);
  const isSeparate = first(TAG.planarConfig) === SEPARATE && (first(TAG.samplesPerPixel) ?? 1) > 1;
  if (!isSeparate || first(TAG.tileWidth) === undefined) return { width, height, orientation, samples };
  if (first(TAG.samplesPerPixel) !== 3) {
    throw refused(
      `tiles of separate planes must be red, green and blue: they are ${first(TAG.samplesPerPixel)} planes`,
    );
  }
  return { width, height, orientation, samples, isPlanesInTiles: true };
}

function classify({ first }: TiffDirectory): Samples {
  const bits = first(TAG.bitsPerSample) ?? 1;
  const count = first(TAG.samplesPerPixel) ?? 1;
  const photometric = first(TAG.photometric);
  const extra = first(TAG.extraSamples) ?? EXTRA.unspecified;
  const format = first(TAG.sampleFormat) ?? UNSIGNED;
  const compression = first(TAG.compression) ?? 1;
  const unread = REFUSED_COMPRESSIONS[compression];
  if (unread !== undefined) {
    throw refused(`a TIFF must be uncompressed or LZW, Deflate, PackBits, CCITT or JPEG: it is ${unread}`);
  }
  if (format !== UNSIGNED) {
    throw refused(`a TIFF must have unsigned samples: they are ${SAMPLE_FORMATS[format] ?? `of format ${format}`}`);
  }
  switch (photometric) {
    case PHOTOMETRIC.whiteIsZero:
    case PHOTOMETRIC.blackIsZero:
      if (count === 1 && (bits === 1 || bits === 8 || bits === 16)) return 'rgb';
      if (count === 2 && bits === 8) return 'rgb';
      break;
    case PHOTOMETRIC.palette:
      if (count === 1 && (bits === 4 || bits === 8)) return 'rgb';
      break;
    case PHOTOMETRIC.rgb:
      if (count === 3 && bits === 8) return 'rgb';
      if (count === 3 && bits === 16) return 'rgb16';
      if (count === 4 && bits === 8 && extra === EXTRA.unspecified) return 'rgb';
      if (count === 4 && bits === 8 && extra === EXTRA.unassociated) return 'rgba-premultiplied';
      if (count === 4 && bits === 8) throw refused('the alpha of a TIFF must be unassociated: it is associated');
      break;
    case PHOTOMETRIC.ycbcr:
      if (count === 3 && bits === 8 && compression === COMPRESSION_JPEG) return 'rgb';
      break;
  }
  const name = PHOTOMETRIC_NAMES[photometric ?? -1] ?? `photometric ${photometric}`;
  throw refused(
    `a TIFF must be grey of 1, 8 or 16 bits, palette of 4 or 8, or RGB of 8 or 16: it is ${name} with ${count} samples of ${bits} bits`,
  );
}
