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
  const tables = Array.from({ length: channels }, (_, channel) =>
    tableOf(channelValue(mean, channel, 0), channelValue(scale, channel, 1)),
  );
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

/** Of each of three channels, in the model's order. */
export interface ChannelNormalisation {
  /** R G B instead of B G R. */
  readonly reverse: boolean;
  readonly mean: readonly [number, number, number];
  readonly scale: readonly [number, number, number];
}

/** Rows of a picture, from `y` on. */
export interface Rows {
  readonly y: number;
  readonly height: number;
}

/**
 * What nearly every model wants: a picture of three channels as planes, (value − mean) / scale in 32 bits.
 * @param rows that are written, others stay as they are; all unless given
 * @throws {RangeError} when the tensor has another number of elements, or the picture not these rows
 */
export function writeNormalised(
  { width, height, data }: Image,
  { reverse, mean, scale }: ChannelNormalisation,
  tensor: Float32Array,
  rows: Rows = { y: 0, height },
): void {
  const pixels = width * height;
  const [start, end] = [rows.y * width, (rows.y + rows.height) * width];
  if (tensor.length !== 3 * pixels) {
    throw new RangeError(`Cannot fill the tensor as it must have ${3 * pixels} elements: it has ${tensor.length}`);
  }
  if (start < 0 || end < start || end > pixels) {
    throw new RangeError(`Cannot fill rows ${rows.y} to ${rows.y + rows.height} as the picture has ${height}`);
  }
  for (let plane = 0; plane < 3; plane++) {
    const table = tableOf(mean[plane]!, scale[plane]!);
    const from = reverse ? 2 - plane : plane;
    for (let i = start, d = from + 3 * start, t = plane * pixels + start; i < end; i++, d += 3) {
      tensor[t++] = table[data[d]!]!;
    }
  }
}

function tableOf(mean: number, scale: number): Float32Array {
  const mean32 = Math.fround(mean);
  const scale32 = Math.fround(scale);
  return Float32Array.from({ length: 256 }, (_, value) => Math.fround(value - mean32) / scale32);
}

/** One number stands for all channels, none for `otherwise`. */
export function channelValue(values: readonly number[], channel: number, otherwise: number): number {
  return (values.length === 1 ? values[0] : values[channel]) ?? otherwise;
}

/** @see modules/imgproc/src/color.simd_helpers.hpp of OpenCV 4: B2Y, G2Y, R2Y at 15 bits */
function writeGrey(data: Uint8Array, pixels: number, out: Uint8Array): void {
  for (let i = 0, d = 0; i < pixels; i++, d += 3) {
    const sum = 3735 * data[d]! + 19235 * data[d + 1]! + 9798 * data[d + 2]!;
    out[i] = (sum + 16384) >> 15;
  }
}
