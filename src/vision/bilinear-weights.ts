/** Which source pixels each pixel of a resized picture is made of, along one axis, as in OpenCV's INTER_LINEAR. */
import { roundHalfEven } from './rounding.js';

/** For each target position two source positions and how far between them it lies, 0..1. */
export interface SamplePositions {
  readonly first: Int32Array;
  /** The one after the first, or the same at a border. */
  readonly second: Int32Array;
  readonly fraction: Float32Array;
}

/**
 * @see modules/imgproc/src/resize.cpp of OpenCV 4: positions in 32 bits, from the middle of one pixel to that of
 * another
 */
export function samplePositions(from: number, to: number): SamplePositions {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const fraction = new Float32Array(to);
  const scale = 1 / (to / from);
  for (let i = 0; i < to; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    const floor = Math.floor(position);
    first[i] = clamp(floor, from);
    second[i] = clamp(floor + 1, from);
    fraction[i] = position - floor;
  }
  return { first, second, fraction };
}

/**
 * For each target position of one axis: the two source positions and their weights, in 1/2048. The second position
 * follows the first, or is the same: in columns its weight is then 0.
 */
export interface BilinearWeights {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
}

const WEIGHT_ONE = 2048;
const MAX_CACHED = 32;

/** Axes that were used, by their lengths in pixels: the same ones for one camera's pictures. */
export interface WeightCache {
  columns(from: number, to: number): BilinearWeights;
  rows(from: number, to: number): BilinearWeights;
}

export function createWeightCache(): WeightCache {
  const known = new Map<string, BilinearWeights>();

  function weightsOf(from: number, to: number, clampWeights: boolean): BilinearWeights {
    const key = `${from} ${to} ${clampWeights}`;
    let weights = known.get(key);
    if (weights === undefined) {
      // Cameras have one size: the table is full only when pictures of all sizes come, and then it does not pay.
      if (known.size >= MAX_CACHED) known.clear();
      weights = bilinearWeights(from, to, clampWeights);
      known.set(key, weights);
    }
    return weights;
  }

  return { columns: (from, to) => weightsOf(from, to, true), rows: (from, to) => weightsOf(from, to, false) };
}

/**
 * At the borders OpenCV sets the weights of columns to (1, 0), but leaves those of rows and takes the border row twice;
 * with rounding this is not the same.
 */
function bilinearWeights(from: number, to: number, clampWeights: boolean): BilinearWeights {
  const { first, second, fraction } = samplePositions(from, to);
  const firstWeight = new Int32Array(to);
  const secondWeight = new Int32Array(to);
  for (let i = 0; i < to; i++) {
    const isOutside = first[i] === second[i];
    const part = isOutside && clampWeights ? 0 : fraction[i]!;
    firstWeight[i] = roundHalfEven(Math.fround(1 - part) * WEIGHT_ONE);
    secondWeight[i] = roundHalfEven(part * WEIGHT_ONE);
  }
  return { first, second, firstWeight, secondWeight };
}

function clamp(value: number, length: number): number {
  return Math.min(Math.max(value, 0), length - 1);
}
