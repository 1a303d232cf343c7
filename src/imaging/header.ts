import { ServiceError } from '../errors.js';
import type { Orientation } from '../vision/orient.js';
import type { DecodeLimits, PictureFormat } from './codec.js';
import { readBmpHeader } from './header/bmp.js';
import { readJpegHeader } from './header/jpeg.js';
import { readPngHeader } from './header/png.js';
import { readTiffHeader } from './header/tiff.js';
import { readWebpHeader } from './header/webp.js';

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
}

/**
 * Reads a picture's size from its first bytes, without decoding: whatever the bytes hold, this ends soon and allocates
 * next to nothing.
 * @throws {ServiceError} ERR_IMAGE_DECODE when the header is cut or makes no sense, ERR_IMAGE_FORMAT for a variant that is
 * not inspected, ERR_IMAGE_TOO_LARGE above `limits.maxPixels`
 */
export function readHeader(bytes: Uint8Array, format: PictureFormat, limits: DecodeLimits): PictureHeader {
  const header = readers[format](bytes);
  const { width, height } = header;
  if (width < 1 || height < 1) {
    throw new ServiceError(
      'ERR_IMAGE_DECODE',
      `Cannot decode the picture as it must have pixels: it is ${width}×${height}`,
    );
  }
  if (width * height > limits.maxPixels) {
    throw new ServiceError(
      'ERR_IMAGE_TOO_LARGE',
      `Cannot decode the picture as it must have at most ${limits.maxPixels} pixels: it is ${width}×${height}`,
      { details: { width, height, maxPixels: limits.maxPixels } },
    );
  }
  return header;
}

const readers: Readonly<Record<PictureFormat, (bytes: Uint8Array) => PictureHeader>> = {
  jpeg: readJpegHeader,
  png: readPngHeader,
  webp: readWebpHeader,
  tiff: readTiffHeader,
  bmp: readBmpHeader,
};
