import type { Image } from './image.js';

export interface Normalisation {
  readonly layout: 'NCHW' | 'NHWC';
  /** The channels of the model's input: 3, or 1 for a grey one. */
  readonly channels: 1 | 3;
  /** R G B instead of B G R. */
  readonly reverse: boolean;
  /** None, one for all channels, or one for each in the model's order. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
}

/**
 * Fills a bound input tensor: (value − mean) / scale of each channel, computed in 32 bits as numpy does on a float32
 * array. A grey picture fills all channels; a grey input gets what OpenCV's cvtColor(COLOR_BGR2GRAY) makes of a
 * coloured picture.
 */
export type TensorWriter = (image: Image, tensor: Uint8Array | Float32Array) => void;

/** Eight bits have 256 values: one table a channel, made once. */
export function createTensorWriter({ layout, channels, reverse, mean, scale }: Normalisation): TensorWriter {
  const tables = Array.from({ length: channels }, (_, channel) => tableOf(at(mean, channel, 0), at(scale, channel, 1)));
  let grey = new Uint8Array(0);

  return (image, tensor) => {
    const pixels = image.width * image.height;
    if (tensor.length !== channels * pixels) {
      throw new RangeError(
        `Cannot fill the tensor as it must have ${channels * pixels} elements: it has ${tensor.length}`,
      );
    }
    let { data, channels: step } = image as { data: Uint8Array; channels: number };
    if (channels === 1 && step === 3) {
      if (grey.length < pixels) grey = new Uint8Array(pixels);
      writeGrey(data, pixels, grey);
      [data, step] = [grey, 1];
    }
    if (layout === 'NCHW' && channels === 3 && step === 3) {
      writePlanes(data, pixels, reverse, { tables, tensor });
      return;
    }
    for (const [channel, table] of tables.entries()) {
      const from = step === 1 ? 0 : reverse ? 2 - channel : channel;
      const start = layout === 'NCHW' ? channel * pixels : channel;
      const stride = layout === 'NCHW' ? 1 : channels;
      for (let i = 0, d = from, t = start; i < pixels; i++, d += step, t += stride) {
        tensor[t] = table[data[d]!]!;
      }
    }
  };
}

interface PlaneTarget {
  readonly tables: readonly Float32Array[];
  readonly tensor: Uint8Array | Float32Array;
}

/** What nearly every model wants, in one pass: each pixel is read once, and goes to three planes. */
function writePlanes(data: Uint8Array, pixels: number, reverse: boolean, { tables, tensor }: PlaneTarget): void {
  const [first, second, third] = tables as readonly [Float32Array, Float32Array, Float32Array];
  const [start, end] = reverse ? [2, 0] : [0, 2];
  for (let i = 0, d = 0; i < pixels; i++, d += 3) {
    tensor[i] = first[data[d + start]!]!;
    tensor[i + pixels] = second[data[d + 1]!]!;
    tensor[i + 2 * pixels] = third[data[d + end]!]!;
  }
}

function tableOf(mean: number, scale: number): Float32Array {
  const mean32 = Math.fround(mean);
  const scale32 = Math.fround(scale);
  return Float32Array.from({ length: 256 }, (_, value) => Math.fround(value - mean32) / scale32);
}

function at(values: readonly number[], channel: number, otherwise: number): number {
  return (values.length === 1 ? values[0] : values[channel]) ?? otherwise;
}

/** @see modules/imgproc/src/color.simd_helpers.hpp of OpenCV 4: B2Y, G2Y, R2Y at 15 bits */
function writeGrey(data: Uint8Array, pixels: number, out: Uint8Array): void {
  for (let i = 0, d = 0; i < pixels; i++, d += 3) {
    const sum = 3735 * data[d]! + 19235 * data[d + 1]! + 9798 * data[d + 2]!;
    out[i] = (sum + 16384) >> 15;
  }
}
