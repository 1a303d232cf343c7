/** Which class each pixel belongs to. */
import type { ThresholdSummary } from './threshold.js';

/** Masks of all classes and of each, one byte a pixel, 0 or 255. */
export interface ClassMasks {
  /** Any class that is a defect. */
  readonly mask: Uint8Array;
  /** One mask a channel; that of the background stays empty. */
  readonly byClass: readonly Uint8Array[];
}

/**
 * A pixel is of the class with the largest probability, of equal ones the first, as numpy's argmax; it is white if that
 * class is no background and its probability is strictly greater than `limit`.
 * @param planes probabilities, one channel after the other
 * @param background its channel; -1: every class is a defect
 */
export function chooseClasses(
  planes: Float32Array,
  background: number,
  limit: number,
  { mask, byClass }: ClassMasks,
): ThresholdSummary {
  const pixels = mask.length;
  const limit32 = Math.fround(limit);
  let whitePixels = 0;
  let score = Number.NEGATIVE_INFINITY;
  mask.fill(0);
  for (const each of byClass) each.fill(0);
  for (let i = 0; i < pixels; i++) {
    let best = -1;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < byClass.length; c++) {
      const value = planes[c * pixels + i]!;
      if (value > largest) [best, largest] = [c, value];
      if (c !== background && value > score) score = value;
    }
    if (best < 0 || best === background || !(largest > limit32)) continue;
    mask[i] = 255;
    (byClass[best] as Uint8Array)[i] = 255;
    whitePixels++;
  }
  return { whitePixels, score };
}

/** Each class by itself: a pixel is white for every class whose probability is strictly greater than `limit`. */
export function thresholdClasses(
  planes: Float32Array,
  background: number,
  limit: number,
  { mask, byClass }: ClassMasks,
): ThresholdSummary {
  const pixels = mask.length;
  const limit32 = Math.fround(limit);
  let whitePixels = 0;
  let score = Number.NEGATIVE_INFINITY;
  mask.fill(0);
  for (const [c, own] of byClass.entries()) {
    own.fill(0);
    if (c === background) continue;
    for (let i = 0; i < pixels; i++) {
      const value = planes[c * pixels + i]!;
      if (value > score) score = value;
      if (!(value > limit32)) continue;
      own[i] = 255;
      if (mask[i] === 0) whitePixels++;
      mask[i] = 255;
    }
  }
  return { whitePixels, score };
}

/**
 * A map of class numbers: white where the number is that of a defect. The score is 1 or 0: there are no probabilities.
 */
export function readClassNumbers(
  numbers: Float32Array,
  background: number,
  { mask, byClass }: ClassMasks,
): ThresholdSummary {
  let whitePixels = 0;
  mask.fill(0);
  for (const each of byClass) each.fill(0);
  for (let i = 0; i < mask.length; i++) {
    const c = numbers[i]!;
    const own = c === background ? undefined : byClass[c];
    if (own === undefined) continue;
    own[i] = 255;
    mask[i] = 255;
    whitePixels++;
  }
  return { whitePixels, score: whitePixels > 0 ? 1 : 0 };
}
