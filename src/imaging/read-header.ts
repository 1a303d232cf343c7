import { ServiceError } from '../std/errors.js';
import type { DecodeLimits } from './codec.js';
import { FORMATS, type PictureFormat } from './formats.js';
import type { PictureHeader } from './headers/picture-header.js';

/**
 * Reads a picture's size from its first bytes, without decoding: whatever the bytes hold, this ends soon and allocates
 * next to nothing.
 * @throws {ServiceError} ERR_IMAGE_DECODE when the header is cut or makes no sense, ERR_IMAGE_FORMAT for a variant that
 * is not inspected, ERR_IMAGE_TOO_LARGE above `limits.maxPixels`
 */
export function readHeader(bytes: Uint8Array, format: PictureFormat, limits: DecodeLimits): PictureHeader {
  const header = FORMATS[format].readHeader(bytes);
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
