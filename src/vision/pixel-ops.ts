/**
 * The work on pixels of one thread: from a decoded picture to the tensor, from the output to the mask, and the result
 * picture. Two implementations, held to one contract suite: the plain one below, which says what is computed, and
 * `simd/`, which does it in a fraction of the time.
 */
import type { Rectangle, Size } from '../domain/size.js';
import { createAntialiasedResizer } from './antialiased-resize.js';
import type { Image } from './image.js';
import { type ChannelNormalisation, type Rows, writeNormalised } from './normalise.js';
import type { Planes } from './planes.js';
import { createResizer } from './resize.js';
import { createScratch } from './scratch.js';
import { type ThresholdSummary, threshold } from './threshold.js';

export interface PixelOps {
  readonly name: 'plain' | 'simd';
  /**
   * Zeroed bytes for pictures, masks and tensors, for as long as this lives: the methods below are fast on such alone.
   * Other threads may read them.
   */
  allocate(sizeBytes: number): Uint8Array;
  /** Room for a decoded picture, of undefined content; valid until the next `take`. */
  take(sizeBytes: number): Uint8Array;
  /** As `Resizer.resize`. */
  resize(source: Image, target: Image): void;
  /** As `Resizer.resizePlanes`. */
  resizePlanes(source: Planes, target: Image): void;
  /** As `AntialiasedResizer.resize`. */
  resizeAntialiased(source: Image, scaled: Size, crop: Rectangle, target: Image): void;
  /** As `writeTensor`. */
  writeTensor(image: Image, layout: 'NCHW' | 'NHWC', tensor: Uint8Array | Float32Array): void;
  /** As `writeNormalised`. */
  writeNormalised(image: Image, normalisation: ChannelNormalisation, tensor: Float32Array, rows?: Rows): void;
  /** As `bytes.fill(value)`. */
  fill(bytes: Uint8Array, value: number): void;
  /** As `threshold`. */
  threshold(values: Float32Array, limit: number, mask: Uint8Array): ThresholdSummary;
  /** As `writePair`. */
  writePair(image: Image, mask: Uint8Array, pair: Image): void;
}

export function createPlainPixelOps(): PixelOps {
  const resizer = createResizer();
  const scratch = createScratch();
  return {
    name: 'plain',
    allocate: (sizeBytes) => new Uint8Array(new SharedArrayBuffer(sizeBytes)),
    take: scratch.take,
    resize: resizer.resize,
    resizePlanes: resizer.resizePlanes,
    resizeAntialiased: createAntialiasedResizer().resize,
    writeTensor,
    writeNormalised,
    fill: (bytes, value) => void bytes.fill(value),
    threshold,
    writePair,
  };
}

/**
 * The result picture: `image` on the left, its mask in grey on the right, both width × height; `pair` is 2·width ×
 * height in three channels. Reads one channel (grey) or three (B, G, R).
 * @throws {RangeError} when a size does not fit
 */
export function writePair(image: Image, mask: Uint8Array, pair: Image): void {
  const { width, height, channels, data } = image;
  if (pair.width !== 2 * width || pair.height !== height || pair.channels !== 3 || mask.length !== width * height) {
    throw new RangeError(
      `Cannot write the pair as it must be ${2 * width}×${height}×3: it is ${pair.width}×${pair.height}×${pair.channels}, the mask ${mask.length} pixels`,
    );
  }
  const out = pair.data;
  const rowBytes = 3 * width;
  for (let y = 0; y < height; y++) {
    const left = y * 2 * rowBytes;
    if (channels === 3) out.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), left);
    else spread(data, y * width, width, out, left);
    spread(mask, y * width, width, out, left + rowBytes);
  }
}

/** `count` grey values as three equal channels. */
function spread(grey: Uint8Array, from: number, count: number, out: Uint8Array, to: number): void {
  for (let i = 0, o = to; i < count; i++, o += 3) {
    const value = grey[from + i]!;
    out[o] = value;
    out[o + 1] = value;
    out[o + 2] = value;
  }
}

/**
 * Copies a picture into a bound input tensor of its size and three channels: values 0..255 as they are, B G R, in the
 * order [1,3,H,W] (NCHW) or [1,H,W,3] (NHWC). A grey picture fills all three channels.
 * @throws {RangeError} when the tensor has another number of elements
 */
export function writeTensor(image: Image, layout: 'NCHW' | 'NHWC', tensor: Uint8Array | Float32Array): void {
  const { width, height, channels, data } = image;
  const pixels = width * height;
  if (tensor.length !== 3 * pixels) {
    throw new RangeError(`Cannot fill the tensor as it must have ${3 * pixels} elements: it has ${tensor.length}`);
  }
  if (layout === 'NHWC' && channels === 3) {
    tensor.set(data.subarray(0, 3 * pixels));
    return;
  }
  if (layout === 'NCHW' && channels === 1) {
    const plane = data.subarray(0, pixels);
    for (let channel = 0; channel < 3; channel++) tensor.set(plane, channel * pixels);
    return;
  }
  if (layout === 'NCHW') {
    for (let i = 0, d = 0; i < pixels; i++, d += 3) {
      tensor[i] = data[d]!;
      tensor[i + pixels] = data[d + 1]!;
      tensor[i + 2 * pixels] = data[d + 2]!;
    }
    return;
  }
  for (let i = 0, t = 0; i < pixels; i++, t += 3) {
    const grey = data[i]!;
    tensor[t] = grey;
    tensor[t + 1] = grey;
    tensor[t + 2] = grey;
  }
}
