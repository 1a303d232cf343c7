import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Image } from '../../../src/vision/image.js';
import { createTensorWriter, type Normalisation } from '../../../src/vision/normalise.js';

const PLAIN: Normalisation = { layout: 'NCHW', channels: 3, reverse: false, mean: [], scale: [] };
/** Two pixels: B G R each. */
const TWO: Image = { width: 2, height: 1, channels: 3, data: Uint8Array.of(0, 1, 2, 100, 200, 255) };

function written(options: Partial<Normalisation>, image = TWO, length = 6): number[] {
  const tensor = new Float32Array(length);
  createTensorWriter({ ...PLAIN, ...options })(image, tensor);
  return [...tensor];
}

describe('createTensorWriter()', () => {
  it('puts R G B into the model’s order', () => {
    assert.deepEqual(written({ reverse: true }), [2, 255, 1, 200, 0, 100]);
    assert.deepEqual(written({ reverse: true, layout: 'NHWC' }), [2, 1, 0, 255, 200, 100]);
  });

  // numpy: (np.array([0, 1, 100, 255], np.float32) - np.float32(123.675)) / np.float32(58.395)
  it('normalises as numpy in float32', () => {
    const grey: Image = { width: 4, height: 1, channels: 1, data: Uint8Array.of(0, 1, 100, 255) };
    const channel = [-2.1179039478302, -2.1007792949676514, -0.40542858839035034, 2.248908281326294];
    assert.deepEqual(written({ mean: [123.675], scale: [58.395] }, grey, 12), [...channel, ...channel, ...channel]);
  });

  it('has mean and scale of each channel in the model’s order', () => {
    assert.deepEqual(written({ reverse: true, mean: [1, 2, 3], scale: [1, 2, 4] }), [1, 254, -0.5, 99, -0.75, 24.25]);
  });

  // cv2.cvtColor(…, cv2.COLOR_BGR2GRAY)
  it('makes a grey input as OpenCV', () => {
    const data = Uint8Array.of(10, 20, 30, 255, 0, 0, 0, 255, 0, 0, 0, 255, 200, 100, 50, 1, 2, 3);
    assert.deepEqual(written({ channels: 1 }, { width: 6, height: 1, channels: 3, data }, 6), [22, 29, 150, 76, 96, 2]);
  });

  it('copies a grey picture into a grey input', () => {
    assert.deepEqual(
      written({ channels: 1 }, { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) }, 2),
      [7, 9],
    );
  });

  it('refuses a tensor of another size', () => {
    assert.throws(() => written({}, TWO, 5), RangeError);
  });
});
