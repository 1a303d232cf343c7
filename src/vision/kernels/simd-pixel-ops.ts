import type { Size } from '../../domain/size.js';
import { type BilinearWeights, createWeightCache } from '../bilinear-weights.js';
import type { Image } from '../image.js';
import { createPlainPixelOps, type PixelOps } from '../pixel-ops.js';
import { createSimdAntialiasedResize } from './antialiased.js';
import { createKernels } from './kernels.js';
import { createPixelMemory } from './pixel-memory.js';
import { createSimdPlanesResize } from './planes.js';

/** Half of the 4 that a blended row is divided by, in both halves of an i32. */
const ROUNDING = 0x0002_0002;

/** The fastest implementation that this machine can run, for one size of the model's input. */
export function createPixelOps(model: Size): PixelOps {
  try {
    return createSimdPixelOps(model);
  } catch {
    return createPlainPixelOps(); // a CPU without SSE 4.1, or a limited address space: the results are the same
  }
}

/**
 * Pixels by WebAssembly SIMD for one size of model; what it has no kernel for, and what does not fit into its memory,
 * is done by the plain implementation.
 * @param model size of the model's input
 * @throws {Error} where WebAssembly lacks SIMD or memory
 */
export function createSimdPixelOps({ width, height }: Size): PixelOps {
  const { kernels, memory } = createKernels();
  const places = createPixelMemory(memory);
  const { allocate, take, copyIn, addressOf } = places;
  const plain = createPlainPixelOps();
  const pixels = width * height;
  // Rows are made several pixels at a time, those of a picture with one channel four.
  const columns = Math.ceil(width / 4) * 4;
  const offsets = integers(required(allocate(4 * columns)));
  const weights = integers(required(allocate(4 * columns)));
  const row = integers(required(allocate(4 * 3)));
  row[2] = ROUNDING;
  const constants = floats(required(allocate(4 * 6)));
  const resizeAntialiased = createSimdAntialiasedResize(kernels, places);
  const cache = createWeightCache();
  const resizePlanes = createSimdPlanesResize(kernels, places, { cache, width, row });
  let loaded: BilinearWeights | undefined;
  let loadedChannels = 0;

  /** The table of one camera's pictures stays loaded from one to the next. */
  function loadColumns(bilinear: BilinearWeights, channels: number): void {
    if (bilinear === loaded && channels === loadedChannels) return;
    const { length } = bilinear.first;
    for (let x = 0; x < length; x++) {
      offsets[x] = bilinear.first[x]! * channels;
      weights[x] = bilinear.firstWeight[x]! | (bilinear.secondWeight[x]! << 16);
    }
    // Pixels behind the last one are made too, and must not be looked for where an older table had them.
    offsets.fill(offsets[length - 1]!, length);
    loaded = bilinear;
    loadedChannels = channels;
  }

  /** Where a picture's bytes are; they are brought in when they are elsewhere. Undefined: there is no room for them. */
  function bringIn({ width: w, height: h, channels, data }: Image): number | undefined {
    return addressOf(data) ?? copyIn(data.subarray(0, w * h * channels));
  }

  return {
    name: 'simd',
    allocate: (sizeBytes) => allocate(sizeBytes) ?? plain.allocate(sizeBytes),
    take,
    resize(source, target) {
      const out = addressOf(target.data);
      // A target may be smaller than the model: between the borders of a letterbox.
      const isFit = target.width <= width && target.height <= height && source.channels === target.channels;
      const isWhole = isComplete(source) && isComplete(target);
      const isSameSize = source.width === target.width && source.height === target.height;
      const from = isFit && isWhole && !isSameSize && out !== undefined ? bringIn(source) : undefined;
      if (from === undefined || out === undefined) return plain.resize(source, target);
      const { channels } = source;
      const stride = source.width * channels;
      if (channels === 3 && source.width === 2 * target.width && source.height === 2 * target.height) {
        for (let y = 0, upper = from; y < target.height; y++, upper += 2 * stride) {
          kernels.halveRow3(upper, upper + stride, row.byteOffset, target.width, out + y * 3 * target.width);
        }
        return;
      }
      loadColumns(cache.columns(source.width, target.width), channels);
      const rows = cache.rows(source.height, target.height);
      const resizeRow = channels === 3 ? kernels.resizeRow3 : kernels.resizeRow1;
      for (let y = 0; y < target.height; y++) {
        row[0] = rows.firstWeight[y]!;
        row[1] = rows.secondWeight[y]!;
        resizeRow(
          from + rows.first[y]! * stride,
          from + rows.second[y]! * stride,
          offsets.byteOffset,
          weights.byteOffset,
          row.byteOffset,
          target.width,
          out + y * target.width * channels,
        );
      }
    },
    resizePlanes(source, target) {
      const isDone = target.channels === 3 && isComplete(target) && resizePlanes?.(source, target);
      if (!isDone) plain.resizePlanes(source, target);
    },
    resizeAntialiased(source, scaled, crop, target) {
      const isFit = source.channels === target.channels && isComplete(source) && isComplete(target);
      const isDone = isFit && resizeAntialiased?.(source, scaled, crop, target);
      if (!isDone) plain.resizeAntialiased(source, scaled, crop, target);
    },
    writeTensor(image, layout, tensor) {
      const [from, out] = [addressOf(image.data), addressOf(tensor)];
      const isInterleaved = image.channels === 3 && image.width === width && image.height === height;
      const isFit = isInterleaved && layout === 'NCHW' && tensor.length === 3 * pixels;
      if (from === undefined || out === undefined || !isFit) return plain.writeTensor(image, layout, tensor);
      if (tensor instanceof Float32Array) kernels.toFloatPlanes(from, pixels, out, out + 4 * pixels, out + 8 * pixels);
      else kernels.toPlanes(from, pixels, out);
    },
    writeNormalised(image, { reverse, mean, scale }, tensor, rows = { y: 0, height }) {
      const [from, out] = [addressOf(image.data), addressOf(tensor)];
      const isFit = image.channels === 3 && image.width === width && image.height === height;
      const isWithin = rows.y >= 0 && rows.height >= 0 && rows.y + rows.height <= height;
      if (from === undefined || out === undefined || !isFit || !isWithin || tensor.length !== 3 * pixels) {
        return plain.writeNormalised(image, { reverse, mean, scale }, tensor, rows);
      }
      const skipped = rows.y * width;
      for (let channel = 0; channel < 3; channel++) {
        const plane = reverse ? 2 - channel : channel;
        constants[channel] = mean[plane]!;
        constants[channel + 3] = scale[plane]!;
      }
      const [blue, red] = reverse ? [2, 0] : [0, 2];
      kernels.toNormalisedPlanes(
        from + 3 * skipped,
        rows.height * width,
        constants.byteOffset,
        out + 4 * (blue * pixels + skipped),
        out + 4 * (pixels + skipped),
        out + 4 * (red * pixels + skipped),
      );
    },
    fill(bytes, value) {
      const at = addressOf(bytes);
      if (at === undefined) bytes.fill(value);
      else kernels.fill(at, value, bytes.length);
    },
    threshold(output, limit, mask) {
      const [from, out] = [addressOf(output), addressOf(mask)];
      if (from === undefined || out === undefined || output.length !== mask.length) {
        return plain.threshold(output, limit, mask);
      }
      const [whitePixels, score] = kernels.threshold(from, output.length, limit, out);
      return { whitePixels, score };
    },
    writePair(image, mask, pair) {
      const [from, white, out] = [addressOf(image.data), addressOf(mask), addressOf(pair.data)];
      const isFit = pair.channels === 3 && pair.width === 2 * image.width && pair.height === image.height;
      const isWhole = mask.length === image.width * image.height;
      if (from === undefined || white === undefined || out === undefined || !isFit || !isWhole) {
        return plain.writePair(image, mask, pair);
      }
      if (image.channels === 3) kernels.pair3(from, white, image.width, image.height, out);
      else kernels.pair1(from, white, image.width, image.height, out);
    },
  };
}

function isComplete({ width, height, channels, data }: Image): boolean {
  return width > 0 && height > 0 && data.length >= width * height * channels;
}

function required(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined)
    throw new RangeError("Cannot use WebAssembly as its memory is smaller than the model's pictures");
  return bytes;
}

function floats({ buffer, byteOffset, length }: Uint8Array): Float32Array {
  return new Float32Array(buffer, byteOffset, length / 4);
}

function integers(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
