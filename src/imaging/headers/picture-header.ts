import type { Orientation } from '../../vision/orient.js';
import { createByteReader } from './byte-reader.js';

/**
 * What has to be done to the decoded samples to get what OpenCV gives.
 * - grey: one channel in the file; may be decoded to one, it stands for three equal ones
 * - rgb: nothing more
 * - rgb16: 16 bits a sample, scaled to 8 with rounding; elsewhere OpenCV just cuts them, and so do the decoders
 * - rgba-premultiplied: colours are multiplied with alpha; elsewhere OpenCV drops it
 * - cmyk: four channels
 */
export type Samples = 'grey' | 'rgb' | 'rgb16' | 'rgba-premultiplied' | 'cmyk';

/** What a picture says about itself before it is decoded. */
export interface PictureHeader {
  /** Pixels as stored, before orientation; both ≥ 1. */
  readonly width: number;
  readonly height: number;
  /** As OpenCV finds it: JPEG, PNG and TIFF only. */
  readonly orientation: Orientation;
  readonly samples: Samples;
  /** True for a TIFF with the tiles of each colour by themselves: they are decoded one after the other. */
  readonly isPlanesInTiles?: boolean;
}

const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;

/**
 * The orientation in a block of EXIF (from its "II" or "MM" on), as OpenCV reads it: the first entry of the first
 * directory with tag 274 counts, its type does not, and whatever cannot be read means 1.
 * @see ExifReader::parseExif in OpenCV's modules/imgcodecs/src/exif.cpp
 */
export function readOrientation(exif: Uint8Array): Orientation {
  if (exif.length < 8) return 1;
  const mark = exif[0]! * 256 + exif[1]!;
  if (mark !== 0x4949 && mark !== 0x4d4d) return 1;
  const reader = createByteReader(exif, mark === 0x4949 ? 'little' : 'big');
  if (reader.u16(2) !== 42) return 1;
  const directory = reader.u32(4);
  if (directory + 2 > exif.length) return 1;
  const entries = reader.u16(directory);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > exif.length) return 1;
    if (reader.u16(entry) === ORIENTATION_TAG) return toOrientation(reader.u16(entry + 8));
  }
  return 1;
}

/** Values outside 1..8 are ignored. */
export function toOrientation(value: number): Orientation {
  return value >= 1 && value <= 8 ? (value as Orientation) : 1;
}
