import { type ByteReader, broken, createByteReader, refused } from './byte-reader.js';
import { toOrientation } from './exif.js';
import type { PictureHeader, Samples } from './picture-header.js';

const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  orientation: 274,
  samplesPerPixel: 277,
  tileWidth: 322,
  extraSamples: 338,
  sampleFormat: 339,
} as const;
const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, ycbcr: 6 } as const;
const COMPRESSION_JPEG = 7;
const EXTRA = { unspecified: 0, associated: 1, unassociated: 2 } as const;
const UNSIGNED = 1;
const MAX_ENTRIES = 1024;
const ENTRY_BYTES = 12;
/** Bytes of a value by type: BYTE, SHORT, LONG; others do not occur in the tags above. */
const TYPE_BYTES: Readonly<Record<number, 1 | 2 | 4>> = { 1: 1, 3: 2, 4: 4 };

/** First value of a tag, or undefined when it is not there. */
type Tags = (tag: number) => number | undefined;

/**
 * Reads the first directory: of several pictures in a file the first counts, as in OpenCV. The many kinds of TIFF that no
 * decoder here brings to OpenCV's very bytes (CMYK, Lab, floating point, …) are refused by name.
 * @see TIFF Revision 6.0, §2 and §8
 */
export function readTiffHeader(bytes: Uint8Array): PictureHeader {
  const reader = createByteReader(bytes, bytes[0] === 0x49 ? 'little' : 'big');
  const tags = readDirectory(reader, reader.u32(4));
  const width = tags(TAG.width);
  const height = tags(TAG.height);
  if (width === undefined || height === undefined) throw broken('a TIFF must have a width and a height: it has not');
  return { width, height, orientation: toOrientation(tags(TAG.orientation) ?? 1), samples: classify(tags) };
}

function readDirectory(reader: ByteReader, offset: number): Tags {
  const count = reader.u16(offset);
  if (count > MAX_ENTRIES) throw broken(`a TIFF's directory must have at most ${MAX_ENTRIES} entries: it has ${count}`);
  const values = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const entry = offset + 2 + i * ENTRY_BYTES;
    const tag = reader.u16(entry);
    const size = TYPE_BYTES[reader.u16(entry + 2)];
    if (size === undefined || values.has(tag)) continue;
    const fitsInEntry = reader.u32(entry + 4) * size <= 4;
    const at = fitsInEntry ? entry + 8 : reader.u32(entry + 8);
    // Tags that are not asked for may point anywhere.
    if (at + size > reader.length) continue;
    values.set(tag, size === 1 ? reader.u8(at) : size === 2 ? reader.u16(at) : reader.u32(at));
  }
  return (tag) => values.get(tag);
}

function classify(tags: Tags): Samples {
  const bits = tags(TAG.bitsPerSample) ?? 1;
  const count = tags(TAG.samplesPerPixel) ?? 1;
  const photometric = tags(TAG.photometric);
  const extra = tags(TAG.extraSamples) ?? EXTRA.unspecified;
  const unsigned = (tags(TAG.sampleFormat) ?? UNSIGNED) === UNSIGNED;
  if (unsigned) {
    switch (photometric) {
      case PHOTOMETRIC.whiteIsZero:
      case PHOTOMETRIC.blackIsZero:
        if (count === 1 && (bits === 1 || bits === 8)) return 'rgb';
        if (count === 1 && bits === 16 && tags(TAG.tileWidth) === undefined) return 'rgb';
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
        break;
      case PHOTOMETRIC.ycbcr:
        if (count === 3 && bits === 8 && tags(TAG.compression) === COMPRESSION_JPEG) return 'rgb';
        break;
    }
  }
  throw refused(
    `a TIFF must be grey, palette or RGB of unsigned samples of up to 16 bits: it has ${count} samples of ${bits} bits, photometric ${photometric}`,
  );
}
