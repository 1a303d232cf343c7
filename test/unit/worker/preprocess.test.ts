import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Port } from '../../../src/engine/engine.js';
import { DEFAULT_SETTINGS, type ModelSettings } from '../../../src/model/settings.js';
import type { Image } from '../../../src/vision/image.js';
import { createPlainPixelOps } from '../../../src/vision/pixel-ops.js';
import { createInputWriter } from '../../../src/worker/preprocess.js';

const inputOf = (shape: number[], elementType: 'u8' | 'f32' = 'f32'): Port => ({ name: 'image', elementType, shape });
const SQUARE = inputOf([1, 3, 4, 4]);

function write(picture: Image, settings: Partial<ModelSettings>, input = SQUARE) {
  const writer = createInputWriter(input, { ...DEFAULT_SETTINGS, ...settings }, createPlainPixelOps());
  const tensor = new Float32Array(input.shape.reduce((a, b) => a * b));
  const placed = writer(picture, tensor);
  return { ...placed, tensor: [...tensor] };
}

/** A grey picture whose pixels count up. */
const counted = (width: number, height: number): Image => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => i + 1),
});

describe('createInputWriter()', () => {
  it('lays a wide picture into the middle, with a border of the pad value', () => {
    const { resized, content, seen } = write(counted(4, 2), { resizeType: 'fit_to_window_letterbox', padValue: 114 });
    assert.deepEqual([...resized.data], [114, 114, 114, 114, 1, 2, 3, 4, 5, 6, 7, 8, 114, 114, 114, 114]);
    assert.deepEqual(
      [content, seen],
      [
        { x: 0, y: 1, width: 4, height: 2 },
        { x: 0, y: 0, width: 4, height: 2 },
      ],
    );
  });

  it('lays a high coloured picture into the corner', () => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => i + 1);
    const { resized } = write({ width: 2, height: 4, channels: 3, data }, { resizeType: 'fit_to_window' });
    assert.deepEqual([...resized.data.subarray(0, 12)], [1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0]);
  });

  it('normalises the border as the picture', () => {
    const settings = { resizeType: 'fit_to_window', padValue: 10, meanValues: [10], scaleValues: [2] } as const;
    assert.deepEqual(write(counted(4, 2), settings).tensor.slice(0, 16), [
      ...[-4.5, -4, -3.5, -3, -2.5, -2, -1.5, -1],
      ...Array(8).fill(0),
    ]);
  });

  it('crops the middle', () => {
    const { resized, seen } = write(counted(6, 4), { resizeType: 'crop' });
    assert.deepEqual([...resized.data], [2, 3, 4, 5, 8, 9, 10, 11, 14, 15, 16, 17, 20, 21, 22, 23]);
    assert.deepEqual(seen, { x: 1, y: 0, width: 4, height: 4 });
  });

  for (const [what, settings, input, message] of [
    ['mean for a u8 input', { meanValues: [1] }, inputOf([1, 3, 4, 4], 'u8'), /need an f32 input: it is u8/],
    ['a scale of 0', { scaleValues: [0] }, SQUARE, /scaleValues must not be 0/],
    ['three means for a grey input', { meanValues: [1, 2, 3] }, inputOf([1, 1, 4, 4]), /each of 1 channels/],
    ['crop for an oblong input', { resizeType: 'crop' }, inputOf([1, 3, 4, 8]), /square input, not 8×4/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => write(counted(4, 4), settings, input), { code: 'ERR_MODEL_CONTRACT', message });
    });
  }

  it('takes a scale of 1 for a u8 input', () => {
    assert.doesNotThrow(() => write(counted(4, 4), { scaleValues: [1, 1, 1] }, inputOf([1, 3, 4, 4], 'u8')));
  });
});
