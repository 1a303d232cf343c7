import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normaliseAnomalies, sigmoid, softmax, toPlanes } from '../../../src/vision/activation.js';

const f32 = (...values: number[]) => Float32Array.from(values);

describe('sigmoid()', () => {
  // numpy: (1 / (1 + np.exp(-x))).astype(np.float32)
  it('is numpy’s in float32', () => {
    const out = new Float32Array(5);
    sigmoid(f32(-100, -2, 0, 2, 100), out);
    assert.deepEqual([...out], [3.783505853677006e-44, 0.11920291930437088, 0.5, 0.8807970881462097, 1]);
  });
});

describe('softmax()', () => {
  // Three pixels of three channels: [1, 2, 3], [0, 0, 0], [-100, 0, 100]; numpy with the largest taken off first.
  const expected = [
    ...[0.09003057330846786, 0.3333333432674408, 0],
    ...[0.2447284758090973, 0.3333333432674408, 3.783505853677006e-44],
    ...[0.6652409434318542, 0.3333333432674408, 1],
  ];
  it('goes over channels that lie one after the other', () => {
    const out = new Float32Array(9);
    const values = f32(1, 0, -100, 2, 0, 0, 3, 0, 100);
    softmax(values, { channels: 3, pixels: 3, channelStride: 3, pixelStride: 1 }, out);
    assert.deepEqual([...out], expected);
  });
  it('goes over channels that lie together', () => {
    const out = new Float32Array(9);
    softmax(f32(1, 2, 3, 0, 0, 0, -100, 0, 100), { channels: 3, pixels: 3, channelStride: 1, pixelStride: 3 }, out);
    assert.deepEqual([...out], expected);
  });
});

describe('toPlanes()', () => {
  it('puts channels that lie together one after the other', () => {
    const out = new Float32Array(6);
    toPlanes(f32(1, 2, 3, 4, 5, 6), { channels: 2, pixels: 3, channelStride: 1, pixelStride: 2 }, out);
    assert.deepEqual([...out], [1, 3, 5, 2, 4, 6]);
  });
});

describe('normaliseAnomalies()', () => {
  it('has the middle at 0.5 and keeps to 0..1', () => {
    const out = new Float32Array(4);
    normaliseAnomalies(f32(10, 15, -90, 1000), { middle: 10, unit: 20 }, out);
    assert.deepEqual([...out], [0.5, 0.75, 0, 1]);
  });
});
