/**
 * Pictures in and out: one interface, several implementations held to one contract suite (`test/contract/codec.ts`).
 */
import type { Image } from '../vision/image.js';
import type { PictureFormat } from './formats.js';

export interface DecodeLimits {
  /** Largest width × height. */
  readonly maxPixels: number;
}

export interface Codec {
  /**
   * 8-bit BGR as OpenCV's imdecode(IMREAD_COLOR) gives it: EXIF orientation applied, alpha dropped, grey replicated (or
   * one channel that stands for it), 16-bit reduced to 8, ICC profile ignored. The image's bytes are valid until the
   * codec's next call. Errors are thrown or reject the promise: `await` inside one `try`.
   * @throws {ServiceError} ERR_IMAGE_DECODE for a broken or truncated picture, ERR_IMAGE_FORMAT for a variant of the
   * format that is not inspected (animated WebP, CMYK TIFF, compressed BMP), ERR_IMAGE_TOO_LARGE above maxPixels
   */
  decode(bytes: Uint8Array, format: PictureFormat, limits: DecodeLimits): Image | Promise<Image>;
  /**
   * JPEG of three channels, quality 95, 4:2:0, as OpenCV's default; decodes to the same pixels. The bytes are the
   * caller's.
   */
  encodeJpeg(image: Image): Uint8Array | Promise<Uint8Array>;
  /** Frees native memory; no call may follow. */
  close(): void;
}
