import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Image } from '../../../src/vision/image.js';
import { writeTensor } from '../../../src/vision/pixel-ops.js';

const colour: Image = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
const grey: Image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 8) };

describe('writeTensor()', () => {
  it('separates the channels for NCHW', () => {
    const tensor = new Uint8Array(6);
    writeTensor(colour, 'NCHW', tensor);
    assert.deepEqual([...tensor], [1, 4, 2, 5, 3, 6]);
  });

  it('keeps the order for NHWC', () => {
    const tensor = new Uint8Array(6);
    writeTensor(colour, 'NHWC', tensor);
    assert.deepEqual([...tensor], [1, 2, 3, 4, 5, 6]);
  });

  it('writes the same numbers as 32-bit floats', () => {
    const tensor = new Float32Array(6);
    writeTensor({ ...colour, data: Uint8Array.of(255, 0, 128, 1, 2, 3) }, 'NCHW', tensor);
    assert.deepEqual([...tensor], [255, 1, 0, 2, 128, 3]);
  });

  it('fills three channels with a grey picture for NCHW', () => {
    const tensor = new Uint8Array(6);
    writeTensor(grey, 'NCHW', tensor);
    assert.deepEqual([...tensor], [7, 8, 7, 8, 7, 8]);
  });

  it('fills three channels with a grey picture for NHWC', () => {
    const tensor = new Float32Array(6);
    writeTensor(grey, 'NHWC', tensor);
    assert.deepEqual([...tensor], [7, 7, 7, 8, 8, 8]);
  });

  it('ignores bytes behind the pixels', () => {
    const tensor = new Uint8Array(6);
    writeTensor({ ...colour, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 99, 99) }, 'NHWC', tensor);
    assert.deepEqual([...tensor], [1, 2, 3, 4, 5, 6]);
  });

  it('refuses a tensor of another size', () => {
    assert.throws(() => writeTensor(colour, 'NCHW', new Uint8Array(5)), RangeError);
  });
});
