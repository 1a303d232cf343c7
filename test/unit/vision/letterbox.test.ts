import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placePicture } from '../../../src/vision/letterbox.js';

const size = (width: number, height: number) => ({ width, height });

describe('placePicture()', () => {
  it('stretches the whole picture over the whole input', () => {
    const { seen, content } = placePicture('standard', size(100, 50), size(64, 64));
    assert.deepEqual(
      [seen, content],
      [
        { x: 0, y: 0, width: 100, height: 50 },
        { x: 0, y: 0, width: 64, height: 64 },
      ],
    );
  });

  // By resize_image_letterbox_ocv of OpenVINO's Model API: scale = min(w / iw, h / ih), Python's round, (w - nw) // 2.
  for (const [picture, input, content] of [
    [size(100, 50), size(64, 64), { x: 0, y: 16, width: 64, height: 32 }],
    [size(50, 101), size(64, 64), { x: 16, y: 0, width: 32, height: 64 }],
    [size(200, 5), size(100, 64), { x: 0, y: 31, width: 100, height: 2 }], // 2.5 to even
    [size(10_000, 1), size(64, 64), { x: 0, y: 31, width: 64, height: 1 }],
  ] as const) {
    it(`puts ${picture.width}×${picture.height} into the middle of ${input.width}×${input.height}`, () => {
      assert.deepEqual(placePicture('fit_to_window_letterbox', picture, input).content, content);
    });
    it(`puts ${picture.width}×${picture.height} into the corner of ${input.width}×${input.height}`, () => {
      assert.deepEqual(placePicture('fit_to_window', picture, input).content, { ...content, x: 0, y: 0 });
    });
  }

  it('crops the middle of a wide and of a high picture for a square input', () => {
    assert.deepEqual(placePicture('crop', size(101, 50), size(64, 64)).seen, { x: 25, y: 0, width: 50, height: 50 });
    assert.deepEqual(placePicture('crop', size(50, 101), size(64, 64)).seen, { x: 0, y: 25, width: 50, height: 50 });
  });

  it('refuses to crop for an input that is not square', () => {
    assert.throws(() => placePicture('crop', size(50, 50), size(64, 32)), RangeError);
  });
});
