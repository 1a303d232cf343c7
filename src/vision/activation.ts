/** Turns what a model gives into probabilities. */

/**
 * How the numbers of an output with channels lie: number (channel, pixel) is at channel × channelStride + pixel ×
 * pixelStride.
 */
export interface Planes {
  readonly channels: number;
  /** Pixels of one channel. */
  readonly pixels: number;
  readonly channelStride: number;
  readonly pixelStride: number;
}

/** 1 / (1 + e^−x) of every value, rounded to 32 bits. */
export function sigmoid(values: Float32Array, out: Float32Array): void {
  for (let i = 0; i < values.length; i++) out[i] = 1 / (1 + Math.exp(-values[i]!));
}

/** (x − middle) / unit + 0.5 of every value, kept within 0..1: an anomaly map whose threshold lies at 0.5. */
export function normaliseAnomalies(
  values: Float32Array,
  { middle, unit }: { readonly middle: number; readonly unit: number },
  out: Float32Array,
): void {
  for (let i = 0; i < values.length; i++) {
    out[i] = Math.min(Math.max((values[i]! - middle) / unit + 0.5, 0), 1);
  }
}

/** Softmax over the channels of every pixel; `out` has one channel after the other. */
export function softmax(values: Float32Array, planes: Planes, out: Float32Array): void {
  const { channels, pixels, channelStride, pixelStride } = planes;
  for (let i = 0; i < pixels; i++) {
    const base = i * pixelStride;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < channels; c++) largest = Math.max(largest, values[base + c * channelStride]!);
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += Math.exp(values[base + c * channelStride]! - largest);
    for (let c = 0; c < channels; c++) {
      out[c * pixels + i] = Math.exp(values[base + c * channelStride]! - largest) / sum;
    }
  }
}

/** The same numbers, one channel after the other. */
export function toPlanes(values: Float32Array, planes: Planes, out: Float32Array): void {
  const { channels, pixels, channelStride, pixelStride } = planes;
  for (let c = 0, o = 0; c < channels; c++) {
    for (let i = 0; i < pixels; i++) out[o++] = values[c * channelStride + i * pixelStride]!;
  }
}
