import sharp, { type OutputInfo, type Sharp } from 'sharp';
import { ServiceError } from '../std/errors.js';
import type { Image } from '../vision/image.js';
import { cmykToBgr, premultiplyToBgr, rgb16ToBgr, swapRedBlue } from './colour.js';
import { FORMAT_ROWS } from './formats.js';
import { broken } from './headers/byte-reader.js';
import type { PictureHeader, Samples } from './headers/picture-header.js';
import { onceInProcess } from './once-in-process.js';

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
