import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Port } from '../../../src/engine/engine.js';
import { readingsOf } from '../../../src/model/map-readings.js';

const port = (shape: readonly number[]): Port => ({ name: 'p', elementType: 'f32', shape });
const textsOf = (shape: readonly number[], input: readonly number[]) =>
  readingsOf(port(shape), port(input)).map(
    ({ channels, size, layout, isFlattened }) =>
      `${channels} × ${size.height},${size.width} ${layout}${isFlattened ? ' flattened' : ''}`,
  );

describe('readingsOf() takes for a map', () => {
  for (const [shape, input, expected] of [
    [[1, 1, 8, 9], [1, 3, 8, 9], '1 × 8,9 NCHW'],
    [[8, 9], [1, 3, 8, 9], '1 × 8,9 NCHW'],
    [[1, 4, 4], [1, 3, 8, 8], '1 × 4,4 NCHW'],
    [[1, 1, 13, 17], [1, 3, 100, 133], '1 × 13,17 NCHW'],
    [[1, 2, 16, 16], [1, 3, 8, 8], '2 × 16,16 NCHW'],
    [[1, 4096, 2], [1, 3, 64, 64], '2 × 64,64 NHWC flattened'],
    [[1, 2, 4096], [1, 3, 64, 64], '2 × 64,64 NCHW flattened'],
    [[1, 4096, 1], [1, 64, 64, 3], '1 × 64,64 NHWC flattened'],
    [[1, 3072, 5], [1, 3, 96, 128], '5 × 48,64 NHWC flattened'],
  ] as const) {
    it(`[${shape}] of an input [${input}], as ${expected}`, () => {
      assert.deepEqual(textsOf(shape, input), [expected]);
    });
  }

  it('both ways in which a shape can be read', () => {
    assert.deepEqual(textsOf([1, 256, 64], [1, 3, 16, 16]), ['64 × 16,16 NHWC flattened', '256 × 8,8 NCHW flattened']);
  });
});

describe('readingsOf() takes for no map', () => {
  for (const [what, shape, input] of [
    ['rows of boxes', [1, 1, 200, 7], [1, 3, 64, 64]],
    ['boxes and scores in columns', [1, 84, 8400], [1, 3, 640, 640]],
    ['boxes, objectness and scores in rows', [1, 25_200, 85], [1, 3, 640, 640]],
    ['the best 300 boxes', [1, 300, 6], [1, 3, 640, 640]],
    ['the best 100 boxes of five numbers, which are no 10 × 10 pixels', [1, 100, 5], [1, 3, 320, 320]],
    ['tokens', [1, 197, 768], [1, 3, 224, 224]],
    ['tokens that are as many as their numbers', [1, 1024, 1024], [1, 3, 512, 512]],
    ['scores', [1, 1000], [1, 3, 224, 224]],
    ['a feature of each channel', [1, 512, 1, 1], [1, 3, 224, 224]],
    ['more channels than classes can be', [1, 4096, 1001], [1, 3, 64, 64]],
    ['a map of other proportions', [1, 1, 4, 6], [1, 3, 8, 8]],
  ] as const) {
    it(what, () => assert.deepEqual(textsOf(shape, input), []));
  }
});
