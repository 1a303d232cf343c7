import koffi from 'koffi';
import { ServiceError } from '../std/errors.js';
import type { Image } from '../vision/image.js';
import { chromaSize, type Planes } from '../vision/planes.js';
import { createScratch } from '../vision/scratch.js';
import type { Shrink } from './codec.js';
import type { PictureHeader } from './headers/picture-header.js';

/**
 * JPEG by libturbojpeg: bit-exact with OpenCV and half of sharp's cost. One call at a time, on the thread that made it.
 */
export interface TurboJpeg {
  /**
   * 8-bit BGR, or one channel for a grey picture, orientation not applied; valid until the next call.
   * @param shrink makes it smaller while it is decoded: each pixel is then the mean of a square of coefficients' pixels
   * @returns `unsupported` for what another decoder has to decode (CMYK, unusual sampling), `warned` at the first
   * warning
   */
  decode(bytes: Uint8Array, header: PictureHeader, shrink?: Shrink): Image | 'unsupported' | 'warned';
  /**
   * The same before colours are made of it, which takes less time and memory: `writeBgrRow` makes the same bytes of them.
   * @returns `unsupported` also for what has no such planes: one channel, R G B, another sampling than 4:4:4, 4:2:2, 4:2:0
   */
  decodePlanes(bytes: Uint8Array, header: PictureHeader): Planes | 'unsupported' | 'warned';
  /**
   * JPEG of three channels, quality 95, 4:2:0, the accurate DCT: OpenCV's imencode to the pixel. The bytes are the
   * caller's.
   */
  encodeJpeg(image: Image): Uint8Array;
  close(): void;
}

// Values of turbojpeg.h; its API of version 2, which version 3 of the library still has.
const PIXEL_FORMAT = { bgr: 1, grey: 6 } as const;
const SAMPLING_420 = 2;
const COLOUR_SPACE_YCBCR = 1;
/** How many pixels share a sample of colour, by sampling. */
const SHARED: Readonly<Record<number, Planes['shared']>> = {
  0: { x: 1, y: 1 },
  1: { x: 2, y: 1 },
  [SAMPLING_420]: { x: 2, y: 2 },
};
const FLAG_NO_REALLOC = 1024;
const FLAG_ACCURATE_DCT = 4096;
const FLAG_STOP_ON_WARNING = 8192;
const FLAG_LIMIT_SCANS = 32768;
const DECODING = FLAG_ACCURATE_DCT | FLAG_STOP_ON_WARNING | FLAG_LIMIT_SCANS;
const QUALITY = 95;

/**
 * @param path of libturbojpeg, absolute
 * @param takePixels room for a decoded picture
 * @throws {ServiceError} ERR_RUNTIME_LOAD when it does not load or lacks a function
 */
export function createTurboJpeg(path: string, takePixels: (sizeBytes: number) => Uint8Array): TurboJpeg {
  const library = loadLibrary(path);
  const decompressor = library.initDecompress();
  const compressor = library.initCompress();
  const output = createScratch();
  // Out-parameters, bound once: width, height, sampling, colour space.
  const found = [new Int32Array(1), new Int32Array(1), new Int32Array(1), new Int32Array(1)] as const;
  const outputAddress = new BigUint64Array(1);
  const outputSize = new BigUint64Array(1);

  const planeAddresses = new BigUint64Array(3);
  const planeStrides = new Int32Array(3);

  /** Reads what `found` has; undefined when all is as our own reader found it. */
  function refusal(bytes: Uint8Array, { width, height }: PictureHeader): 'unsupported' | 'warned' | undefined {
    if (library.decompressHeader(decompressor, bytes, bytes.length, ...found) !== 0) {
      return /subsampling/.test(library.errorText(decompressor)) ? 'unsupported' : 'warned';
    }
    // The library and our own reader must agree before it writes into a buffer of the size that ours found.
    return found[0][0] === width && found[1][0] === height ? undefined : 'unsupported';
  }

  return {
    decode(bytes, header, shrink = 1) {
      const { samples } = header;
      if (samples !== 'rgb' && samples !== 'grey') return 'unsupported';
      const refused = refusal(bytes, header);
      if (refused !== undefined) return refused;
      // As TJSCALED of turbojpeg.h: the largest of its sizes that is not larger is this one.
      const [width, height] = [Math.ceil(header.width / shrink), Math.ceil(header.height / shrink)];
      const channels = samples === 'grey' ? 1 : 3;
      const format = samples === 'grey' ? PIXEL_FORMAT.grey : PIXEL_FORMAT.bgr;
      const data = takePixels(width * height * channels);
      const pitch = width * channels;
      const status = library.decompress(
        decompressor,
        bytes,
        bytes.length,
        data,
        width,
        pitch,
        height,
        format,
        DECODING,
      );
      return status === 0 ? { width, height, channels, data } : 'warned';
    },
    decodePlanes(bytes, header) {
      if (header.samples !== 'rgb') return 'unsupported';
      const refused = refusal(bytes, header);
      if (refused !== undefined) return refused;
      const shared = SHARED[found[2][0]!];
      if (shared === undefined || found[3][0] !== COLOUR_SPACE_YCBCR) return 'unsupported';
      const { width, height } = header;
      const chroma = chromaSize({ width, height, shared });
      // The library writes whole samples of colour: a column and a row more of luma where the picture ends within one.
      const stride = chroma.width * shared.x;
      const [lumaBytes, chromaBytes] = [stride * chroma.height * shared.y, chroma.width * chroma.height];
      const data = takePixels(lumaBytes + 2 * chromaBytes);
      const planes: Planes = {
        width,
        height,
        shared,
        luma: { data: data.subarray(0, lumaBytes), stride },
        blue: { data: data.subarray(lumaBytes, lumaBytes + chromaBytes), stride: chroma.width },
        red: { data: data.subarray(lumaBytes + chromaBytes), stride: chroma.width },
      };
      for (const [i, plane] of [planes.luma, planes.blue, planes.red].entries()) {
        planeAddresses[i] = koffi.address(plane.data);
        planeStrides[i] = plane.stride;
      }
      const status = library.decompressToPlanes(
        decompressor,
        bytes,
        bytes.length,
        planeAddresses,
        width,
        planeStrides,
        height,
        DECODING,
      );
      return status === 0 ? planes : 'warned';
    },
    encodeJpeg(image) {
      const { width, height, channels, data } = image;
      if (channels !== 3 || data.length < width * height * 3) {
        throw new RangeError(
          `Cannot encode as the image must be B, G, R: it has ${channels} channels, ${data.length} bytes`,
        );
      }
      const buffer = output.take(Number(library.bufferSize(width, height, SAMPLING_420)));
      outputAddress[0] = koffi.address(buffer);
      outputSize[0] = BigInt(buffer.length);
      const flags = FLAG_ACCURATE_DCT | FLAG_NO_REALLOC;
      const status = library.compress(
        compressor,
        data,
        width,
        width * 3,
        height,
        PIXEL_FORMAT.bgr,
        outputAddress,
        outputSize,
        SAMPLING_420,
        QUALITY,
        flags,
      );
      if (status !== 0) throw new Error(`libturbojpeg: ${library.errorText(compressor)}`);
      return buffer.slice(0, Number(outputSize[0]));
    },
    close() {
      library.destroy(decompressor);
      library.destroy(compressor);
    },
  };
}

/** One C function a line. Pointers to numbers are typed arrays, which koffi passes as they are. */
function loadLibrary(path: string) {
  try {
    const library = koffi.load(path);
    return {
      initDecompress: library.func('void *tjInitDecompress(void)'),
      initCompress: library.func('void *tjInitCompress(void)'),
      destroy: library.func('int tjDestroy(void *handle)'),
      decompressHeader: library.func(
        'int tjDecompressHeader3(void *handle, const void *jpeg, unsigned long size, void *width, void *height, void *sampling, void *colourspace)',
      ),
      decompress: library.func(
        'int tjDecompress2(void *handle, const void *jpeg, unsigned long size, void *out, int width, int pitch, int height, int format, int flags)',
      ),
      decompressToPlanes: library.func(
        'int tjDecompressToYUVPlanes(void *handle, const void *jpeg, unsigned long size, void *planes, int width, void *strides, int height, int flags)',
      ),
      bufferSize: library.func('unsigned long tjBufSize(int width, int height, int sampling)'),
      compress: library.func(
        'int tjCompress2(void *handle, const void *pixels, int width, int pitch, int height, int format, void *jpeg, void *size, int sampling, int quality, int flags)',
      ),
      errorText: library.func('const char *tjGetErrorStr2(void *handle)'),
    };
  } catch (error) {
    throw new ServiceError('ERR_RUNTIME_LOAD', `Cannot load libturbojpeg as it must be a sound library: ${path}`, {
      cause: error,
    });
  }
}
