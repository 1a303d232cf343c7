import type { OutputInfo, Sharp } from 'sharp';
import sharp from 'sharp';
import { ServiceError } from '../std/errors.js';
import type { Image } from '../vision/image.js';
import { FORMAT_ROWS } from './formats.js';
import { broken } from './headers/byte-reader.js';
import type { PictureHeader, Samples } from './headers/picture-header.js';

/** Decodes everything but BMP, encodes JPEG. */
export interface SharpDecoder {
  /**
   * 8-bit BGR, orientation not applied; the pixels are the caller's.
   * @param header what the picture said of itself: nothing larger is decoded
   * @throws {ServiceError} ERR_IMAGE_DECODE also when only a warning was given: a truncated picture is a warning here
   */
  decode(bytes: Uint8Array, header: PictureHeader): Promise<Image>;
  /** JPEG of three channels, quality 95, 4:2:0; decodes to the pixels of OpenCV's imencode. */
  encodeJpeg(image: Image): Promise<Uint8Array>;
}

const LOADERS = FORMAT_ROWS.flatMap(([, { vipsLoader }]) => vipsLoader ?? []);

/**
 * Sets libvips up at the first call of the process.
 * @param latch of that set-up: the same in all threads
 */
export function createSharpDecoder(latch: SharedArrayBuffer): SharpDecoder {
  onceInProcess(latch, setUpLibvips);
  return {
    async decode(bytes, header) {
      const { width, height, samples } = header;
      const limitInputPixels = width * height;
      const input = sharp(bytes, { failOn: 'warning', ignoreIcc: true, limitInputPixels, pages: 1 });
      const { data, info } = await decoded(pipelines[samples](input));
      if (info.width !== width || info.height !== height) {
        throw broken(`it must have the size of its header, ${width}×${height}: it has ${info.width}×${info.height}`);
      }
      return { width, height, channels: 3, data: toBgr(data, info.channels, samples) };
    },
    async encodeJpeg(image) {
      const { width, height, channels } = image;
      const rgb = image.data.slice(0, width * height * channels);
      swapRedBlue(rgb);
      return await sharp(rgb, { raw: { width, height, channels } })
        .jpeg({ quality: 95, chromaSubsampling: '4:2:0', optimiseCoding: false })
        .toBuffer();
    },
  };
}

/**
 * Only the loaders needed, no cache, one thread a picture (the pool has the others). Holds for all threads of the
 * process: while every loader is blocked, a picture that another thread decodes is refused.
 */
function setUpLibvips(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
  sharp.cache(false);
  sharp.concurrency(1);
}

const pipelines: Readonly<Record<Samples, (input: Sharp) => Sharp>> = {
  grey: (input) => input.removeAlpha().raw({ depth: 'uchar' }),
  rgb: (input) => input.removeAlpha().raw({ depth: 'uchar' }),
  rgb16: (input) => input.toColourspace('rgb16').raw({ depth: 'ushort' }),
  'rgba-premultiplied': (input) => input.raw({ depth: 'uchar' }),
  cmyk: (input) => input.pipelineColourspace('cmyk').toColourspace('cmyk').raw({ depth: 'uchar' }),
};

async function decoded(pipeline: Sharp): Promise<{ data: Buffer; info: OutputInfo }> {
  try {
    return await pipeline.toBuffer({ resolveWithObject: true });
  } catch (error) {
    const reason = error instanceof Error ? reasonOf(error.message) : String(error);
    throw new ServiceError('ERR_IMAGE_DECODE', `Cannot decode the picture as it must be whole and sound: ${reason}`, {
      cause: error,
    });
  }
}

/** libvips collects every message of its libraries, the same one again and again. */
function reasonOf(message: string): string {
  const lines = message
    .split('\n')
    .map((line) => line.replace('Warning treated as error due to failOn setting', '').trim());
  return [...new Set(lines.filter((line) => line !== ''))].join('; ');
}

function toBgr(data: Buffer, channels: number, samples: Samples): Uint8Array {
  const expected = samples === 'cmyk' || samples === 'rgba-premultiplied' ? 4 : 3;
  if (channels !== expected) throw broken(`it must have ${expected} channels: it has ${channels}`);
  if (samples === 'grey' || samples === 'rgb') {
    swapRedBlue(data);
    return data;
  }
  if (samples === 'rgb16') {
    const bgr = new Uint8Array(data.length / 2);
    rgb16ToBgr(new Uint16Array(data.buffer, data.byteOffset, data.length / 2), bgr);
    return bgr;
  }
  const bgr = new Uint8Array((data.length / 4) * 3);
  if (samples === 'cmyk') cmykToBgr(data, bgr);
  else premultiplyToBgr(data, bgr);
  return bgr;
}

// Decoded samples → B, G, R of 8 bits, each conversion as OpenCV does it.

/** Swaps the first and third of every three bytes, in place. */
export function swapRedBlue(pixels: Uint8Array): void {
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const first = pixels[i]!;
    pixels[i] = pixels[i + 2]!;
    pixels[i + 2] = first;
  }
}

/**
 * C, M, Y, K with 0 as no ink → B, G, R.
 * @see icvCvt_CMYK2BGR_8u_C4C3R in OpenCV's modules/imgcodecs/src/utils.cpp, which gets the four inverted
 */
export function cmykToBgr(cmyk: Uint8Array, bgr: Uint8Array): void {
  for (let i = 0, o = 0; i < cmyk.length; i += 4, o += 3) {
    const light = 255 - cmyk[i + 3]!;
    bgr[o] = light - ((cmyk[i + 2]! * light) >> 8);
    bgr[o + 1] = light - ((cmyk[i + 1]! * light) >> 8);
    bgr[o + 2] = light - ((cmyk[i]! * light) >> 8);
  }
}

/** 16-bit R, G, B → B, G, R by libtiff's rounding, (v·255 + 32767) / 65535. */
export function rgb16ToBgr(rgb: Uint16Array, bgr: Uint8Array): void {
  for (let i = 0; i < rgb.length; i += 3) {
    bgr[i] = to8Bits(rgb[i + 2]!);
    bgr[i + 1] = to8Bits(rgb[i + 1]!);
    bgr[i + 2] = to8Bits(rgb[i]!);
  }
}

/** R, G, B, A → B, G, R multiplied with alpha, by libtiff's rounding, (v·a + 127) / 255. */
export function premultiplyToBgr(rgba: Uint8Array, bgr: Uint8Array): void {
  for (let i = 0, o = 0; i < rgba.length; i += 4, o += 3) {
    const alpha = rgba[i + 3]!;
    bgr[o] = Math.floor((rgba[i + 2]! * alpha + 127) / 255);
    bgr[o + 1] = Math.floor((rgba[i + 1]! * alpha + 127) / 255);
    bgr[o + 2] = Math.floor((rgba[i]! * alpha + 127) / 255);
  }
}

function to8Bits(value: number): number {
  return Math.floor((value * 255 + 32767) / 65535);
}

/** Enough for the other thread: it does nothing but call a library a few times. */
const WAIT_MS = 1_000;
const FRESH = 0;
const UNDER_WAY = 1;
const DONE = 2;

/**
 * Does `work` unless a thread that shares `latch` has done it; when it returns, the work is done. A thread that was cut
 * in the middle of it is given up after a second, and the work done again.
 * @param latch 4 bytes, zero at first; one for each work
 */
export function onceInProcess(latch: SharedArrayBuffer, work: () => void): void {
  const state = new Int32Array(latch);
  const before = Atomics.compareExchange(state, 0, FRESH, UNDER_WAY);
  if (before === DONE) return;
  if (before === UNDER_WAY && Atomics.wait(state, 0, UNDER_WAY, WAIT_MS) !== 'timed-out') return;
  work();
  Atomics.store(state, 0, DONE);
  Atomics.notify(state, 0);
}
