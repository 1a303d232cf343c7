import type { Image } from '../vision/image.js';
import { type Orientation, orient } from '../vision/orient.js';
import { createScratch } from '../vision/scratch.js';
import { decodeBmp } from './bmp.js';
import type { Codec } from './codec.js';
import { readHeader } from './read-header.js';
import type { SharpDecoder } from './sharp.js';
import { createTurboJpeg } from './turbojpeg.js';

export interface CodecOptions {
  /** Absolute path of libturbojpeg (`findTurbojpeg`); without it sharp decodes and encodes JPEG too. */
  readonly turbojpeg?: string;
  /** Room for the pixels of the picture being decoded; by default a buffer of the codec's own. */
  readonly take?: (sizeBytes: number) => Uint8Array;
  /** Whether libvips is set up, for all threads that use codecs: 4 bytes, zero at first. Absent: there is no other thread. */
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

  function upright(image: Image, orientation: Orientation): Image {
    if (orientation === 1) return image;
    return orient(image, orientation, turned.take(image.width * image.height * image.channels));
  }

  return {
    decode(bytes, format, limits) {
      const header = readHeader(bytes, format, limits);
      if (format === 'bmp') return decodeBmp(bytes, bmpPixels);
      const exact = format === 'jpeg' ? turbo?.decode(bytes, header) : undefined;
      if (exact !== undefined) return upright(exact, header.orientation);
      return sharp()
        .then((decoder) => decoder.decode(bytes, header))
        .then((image) => upright(image, header.orientation));
    },
    encodeJpeg: (image) =>
      turbo === undefined ? sharp().then((codec) => codec.encodeJpeg(image)) : turbo.encodeJpeg(image),
    close: () => turbo?.close(),
  };
}

/** libvips takes its share of memory in every thread: a line of JPEG cameras never needs it. */
function onFirstUse(make: () => Promise<SharpDecoder>): () => Promise<SharpDecoder> {
  let made: Promise<SharpDecoder> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
