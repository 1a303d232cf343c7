/**
 * Pictures in and out: one interface, several implementations held to one contract suite (`test/contract/codec.ts`).
 */
import type { Size } from '../domain/size.js';
import type { Image } from '../vision/image.js';
import type { Planes } from '../vision/planes.js';
import type { PictureFormat } from './formats.js';

export interface DecodeLimits {
  /** Largest width × height. */
  readonly maxPixels: number;
  /** By how much a picture of this size, upright, may be made smaller while it is decoded; absent: not at all. */
  readonly shrink?: (upright: Size) => Shrink;
}

export interface PlanesLimits extends Pick<DecodeLimits, 'maxPixels'> {
  /** Whether planes of a picture of this size are wanted rather than B, G, R. */
  readonly planes: (picture: Size) => boolean;
}

/** A picture is decoded at one part in so many of its width and height, rounded up. */
export type Shrink = 1 | 2 | 4 | 8;

/** Smaller than the picture is where `shrink` allowed it: only of JPEGs, and only by libturbojpeg. */
export interface DecodedImage extends Image {
  /** The picture's own size, upright; absent: the image's. */
  readonly fullSize?: Size;
}

/** In its own size. */
export interface DecodedPlanes extends Planes {
  readonly fullSize?: undefined;
}

export interface Codec {
  /**
   * 8-bit BGR as OpenCV's imdecode(IMREAD_COLOR) gives it: EXIF orientation applied, alpha dropped, grey replicated (or
   * one channel that stands for it), 16-bit reduced to 8, ICC profile ignored. The image's bytes are valid until the
   * codec's next call. Errors are thrown or reject the promise: `await` inside one `try`.
   * @throws {ServiceError} ERR_IMAGE_DECODE for a broken or truncated picture, ERR_IMAGE_FORMAT for a variant of the
   * format that is not inspected (animated WebP, CMYK TIFF, compressed BMP), ERR_IMAGE_TOO_LARGE above maxPixels
   */
  decode(bytes: Uint8Array, format: PictureFormat, limits: DecodeLimits): DecodedImage | Promise<DecodedImage>;
  /**
   * As `decode`, for somebody who reads few of the pixels: where `limits.planes` wants it, a JPEG stays in its planes, of which
   * `Resizer.resizePlanes` makes what `resize` makes of `decode`'s bytes. Only upright ones in colour, sampled 4:4:4, 4:2:2 or 4:2:0, and
   * only by libturbojpeg.
   */
  decodePlanes(
    bytes: Uint8Array,
    format: PictureFormat,
    limits: PlanesLimits,
  ): DecodedImage | DecodedPlanes | Promise<DecodedImage>;
  /**
   * JPEG of three channels, quality 95, 4:2:0, as OpenCV's default; decodes to the same pixels. The bytes are the
   * caller's.
   */
  encodeJpeg(image: Image): Uint8Array | Promise<Uint8Array>;
  /** Frees native memory; no call may follow. */
  close(): void;
}
