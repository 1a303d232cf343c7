/** Pictures in and out: one interface, several implementations held to one contract suite (`test/contract/codec.ts`). */
import type { Image } from '../vision/image.js';

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'bmp';

export interface DecodeLimits {
  /** Largest width × height. */
  readonly maxPixels: number;
}

export interface Codec {
  readonly name: string;
  readonly formats: readonly PictureFormat[];
  /**
   * 8-bit BGR as OpenCV's imdecode(IMREAD_COLOR) gives it: EXIF orientation applied, alpha dropped, grey replicated,
   * 16-bit reduced to 8, ICC profile ignored. The image's bytes are valid until the codec's next call.
   * @throws {ServiceError} ERR_IMAGE_DECODE for a broken or truncated picture, ERR_IMAGE_TOO_LARGE above maxPixels
   */
  decode(bytes: Uint8Array, format: PictureFormat, limits: DecodeLimits): Image | Promise<Image>;
  /** JPEG, quality 95, 4:2:0, as OpenCV's default; decodes to the same pixels. */
  encodeJpeg(image: Image): Uint8Array | Promise<Uint8Array>;
}
