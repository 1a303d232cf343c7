/**
 * The work on pixels of one thread: from a decoded picture to the tensor, from the output to the mask, and the result
 * picture. Two implementations, held to one contract suite: the plain one below, which says what is computed, and
 * `simd/`, which does it in a fraction of the time.
 */
import type { Image } from './image.js';
import { type ChannelNormalisation, writeNormalised } from './normalise.js';
import { writePair } from './pair.js';
import { createResizer } from './resize.js';
import { createScratch } from './scratch.js';
import { writeTensor } from './tensor.js';
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
  /** As `writeTensor`. */
  writeTensor(image: Image, layout: 'NCHW' | 'NHWC', tensor: Uint8Array | Float32Array): void;
  /** As `writeNormalised`. */
  writeNormalised(image: Image, normalisation: ChannelNormalisation, tensor: Float32Array): void;
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
    writeTensor,
    writeNormalised,
    threshold,
    writePair,
  };
}
