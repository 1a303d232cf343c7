import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { floorOf, slopeOf } from '../../faults/bench/slope.js';

describe('slopeOf()', () => {
  it('is exact for points on a line', () => {
    assert.deepEqual(slopeOf([0, 1, 2, 3].map((x) => [x, 5 + 2 * x])), { slope: 2, error: 0 });
  });

  // Anscombe's first data set (The American Statistician 27, 1973): slope 0.500, standard error 0.118.
  it("is that of Anscombe's first data set", () => {
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const { slope, error } = slopeOf(x.map((each, at) => [each, y[at] ?? 0]));
    assert.deepEqual([slope.toFixed(3), error.toFixed(3)], ['0.500', '0.118']);
  });
});

describe('floorOf()', () => {
  it('keeps the smallest value of each interval', () => {
    const points = [0, 1, 2, 10, 11].map((x, at) => [x, [7, 3, 5, 9, 8][at] ?? 0] as const);
    assert.deepEqual(floorOf(points, 10), [
      [0, 3],
      [10, 8],
    ]);
  });
});
