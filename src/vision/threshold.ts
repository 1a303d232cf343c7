/** What thresholding saw on the way. */
export interface ThresholdSummary {
  readonly whitePixels: number;
  /** Largest value of the output; -Infinity when there is none that is a number. */
  readonly score: number;
}

/**
 * Writes the mask: 255 where the value is strictly greater than `limit`, else 0; a value equal to it is 0, and so is
 * NaN. The comparison is in 32 bits, as numpy compares a float32 array with a number.
 * @throws {RangeError} when mask and values differ in length
 */
export function threshold(values: Float32Array, limit: number, mask: Uint8Array): ThresholdSummary {
  if (mask.length !== values.length) {
    throw new RangeError(`Cannot threshold as the mask must have ${values.length} pixels: it has ${mask.length}`);
  }
  const limit32 = Math.fround(limit);
  let whitePixels = 0;
  let score = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > score) score = value;
    if (value > limit32) {
      mask[i] = 255;
      whitePixels++;
    } else {
      mask[i] = 0;
    }
  }
  return { whitePixels, score };
}
