import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { threshold } from '../../../src/vision/threshold.js';

function masked(values: readonly number[], limit: number): readonly number[] {
  const mask = new Uint8Array(values.length).fill(99);
  threshold(Float32Array.from(values), limit, mask);
  return [...mask];
}

describe('threshold()', () => {
  it('maps a greater value to 255', () => {
    assert.deepEqual(masked([0.500001, 1, Number.POSITIVE_INFINITY], 0.5), [255, 255, 255]);
  });

  it('maps a value equal to the threshold to 0', () => {
    assert.deepEqual(masked([0.5], 0.5), [0]);
  });

  it('maps a value equal to the threshold in 32 bits to 0', () => {
    assert.deepEqual(masked([0.3], 0.3), [0]);
  });

  it('maps NaN to 0', () => {
    assert.deepEqual(masked([Number.NaN], 0.5), [0]);
  });

  it('counts the white pixels', () => {
    assert.equal(threshold(Float32Array.of(0.1, 0.6, 0.7, 0.5), 0.5, new Uint8Array(4)).whitePixels, 2);
  });

  it('gives the largest value as the score, also below the threshold', () => {
    assert.equal(threshold(Float32Array.of(0.125, 0.25, Number.NaN), 0.5, new Uint8Array(3)).score, 0.25);
  });

  it('refuses a mask of another size', () => {
    assert.throws(() => threshold(new Float32Array(4), 0.5, new Uint8Array(3)), RangeError);
  });
});
