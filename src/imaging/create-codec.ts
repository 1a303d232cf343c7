import type { Size } from '../domain/size.js';
import { ServiceError } from '../std/errors.js';
import type { Image } from '../vision/image.js';
import { isTransposed, orient } from '../vision/orient.js';
import { createScratch } from '../vision/scratch.js';
import { decodeBmp } from './bmp.js';
import type { Codec, DecodedImage, DecodeLimits, Shrink } from './codec.js';
import { FORMATS, type PictureFormat } from './formats.js';
import type { PictureHeader } from './headers/picture-header.js';
import { tidyWebp } from './headers/webp.js';
import type { SharpDecoder } from './sharp.js';
import { createTurboJpeg } from './turbojpeg.js';

export interface CodecOptions {
  /** Absolute path of libturbojpeg (`findTurbojpeg`); without it sharp decodes and encodes JPEG too. */
  readonly turbojpeg?: string;
  /** Room for the pixels of the picture being decoded; by default a buffer of the codec's own. */
  readonly take?: (sizeBytes: number) => Uint8Array;
  /**
   * Whether libvips is set up, for all threads that use codecs: 4 bytes, zero at first. Absent: there is no other
   * thread.
   */
  readonly libvips?: SharedArrayBuffer;
}

/**
 * The codec of one thread: each picture goes to the cheapest decoder that gives OpenCV's bytes. One call at a time.
 * @throws {ServiceError} ERR_RUNTIME_LOAD when the given libturbojpeg does not load
 */
export function createCodec(options: CodecOptions = {}): Codec {
  const { libvips = new SharedArrayBuffer(4), take = createScratch().take } = options;
  const sharp = onFirstUse(async () => (await import('./sharp.js')).createSharpDecoder(libvips));
  const turbo = options.turbojpeg === undefined ? undefined : createTurboJpeg(options.turbojpeg, take);
  const bmpPixels = createScratch();
  const turned = createScratch();

  function upright(image: Image, header: PictureHeader): DecodedImage {
    const { orientation } = header;
    const stored = image.width * image.height * image.channels;
    const turnedImage = orientation === 1 ? image : orient(image, orientation, turned.take(stored));
    return image.width === header.width && image.height === header.height
      ? turnedImage
      : { ...turnedImage, fullSize: uprightSize(header) };
  }

  async function decodeBySharp(bytes: Uint8Array, format: PictureFormat, header: PictureHeader): Promise<Image> {
    const decoder = await sharp();
    if (header.isPlanesInTiles) {
      const { tidyTiff } = await import('./tiff/tidy.js');
      return await decodePlanes((plane) => decoder.decode(tidyTiff(bytes, plane), header));
    }
    try {
      return await decoder.decode(bytes, header);
    } catch (error) {
      if (!isBroken(error)) throw error;
      if (format === 'jpeg') return await decoder.decode(await tidied(bytes, header), header);
      if (format === 'webp') return await decoder.decode(tidyWebp(bytes), header);
      if (format === 'tiff') return await decoder.decode((await import('./tiff/tidy.js')).tidyTiff(bytes), header);
      throw error;
    }
  }

  /** A warning may be about bytes that no pixel needs; what then still warns has lost some. */
  async function decodeTidied(bytes: Uint8Array, header: PictureHeader, shrink: Shrink): Promise<Image> {
    const tidy = await tidied(bytes, header);
    const exact = turbo?.decode(tidy, header, shrink);
    return typeof exact === 'object' ? exact : await (await sharp()).decode(tidy, header);
  }

  async function decodeWarned(bytes: Uint8Array, header: PictureHeader, shrink: Shrink): Promise<DecodedImage> {
    return upright(await decodeTidied(bytes, header, shrink), header);
  }

  function decodeImage(
    bytes: Uint8Array,
    format: PictureFormat,
    header: PictureHeader,
    shrink: Shrink,
  ): DecodedImage | Promise<DecodedImage> {
    if (format === 'bmp') return decodeBmp(bytes, bmpPixels);
    const exact = format === 'jpeg' ? (turbo?.decode(bytes, header, shrink) ?? 'unsupported') : 'unsupported';
    if (typeof exact === 'object') return upright(exact, header);
    if (exact === 'warned') return decodeWarned(bytes, header, shrink);
    return decodeBySharp(bytes, format, header).then((stored) => upright(stored, header));
  }

  return {
    decode(bytes, format, limits) {
      const header = readHeader(bytes, format, limits);
      return decodeImage(bytes, format, header, limits.shrink?.(uprightSize(header)) ?? 1);
    },
    decodePlanes(bytes, format, limits) {
      const header = readHeader(bytes, format, limits);
      const areWanted = format === 'jpeg' && header.orientation === 1 && limits.planes(uprightSize(header));
      const planes = areWanted ? turbo?.decodePlanes(bytes, header) : undefined;
      if (planes === undefined || planes === 'unsupported') return decodeImage(bytes, format, header, 1);
      return planes === 'warned' ? decodeWarned(bytes, header, 1) : planes;
    },
    encodeJpeg: (image) =>
      turbo === undefined ? sharp().then((codec) => codec.encodeJpeg(image)) : turbo.encodeJpeg(image),
    close: () => turbo?.close(),
  };
}

function uprightSize({ width, height, orientation }: PictureHeader): Size {
  return isTransposed(orientation) ? { width: height, height: width } : { width, height };
}

/** Hardly a line of cameras needs it, so that its code is loaded at the first picture that does. */
async function tidied(bytes: Uint8Array, header: PictureHeader): Promise<Uint8Array> {
  return (await import('./jpeg/tidy.js')).tidyJpeg(bytes, header.samples);
}

/** Red, green and blue, each decoded to a grey picture of three equal channels. */
async function decodePlanes(decode: (plane: number) => Promise<Image>): Promise<Image> {
  const image = await decode(0);
  for (const [plane, channel] of [
    [1, 1],
    [2, 0],
  ] as const) {
    const { data } = await decode(plane);
    for (let i = channel; i < data.length; i += 3) image.data[i] = data[i]!;
  }
  return image;
}

function isBroken(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'ERR_IMAGE_DECODE';
}

/** libvips takes its share of memory in every thread: a line of JPEG cameras never needs it. */
function onFirstUse(make: () => Promise<SharpDecoder>): () => Promise<SharpDecoder> {
  let made: Promise<SharpDecoder> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

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
