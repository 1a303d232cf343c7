import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Image } from '../../../src/vision/image.js';
import { createResizer } from '../../../src/vision/resize.js';
import { blankImage } from '../../support/pictures/bgr.js';

function grey(width: number, height: number, values: readonly number[]): Image {
  return { width, height, channels: 1, data: Uint8Array.from(values) };
}

function resized(source: Image, width: number, height: number): readonly number[] {
  const target = blankImage(width, height, source.channels);
  createResizer().resize(source, target);
  return [...target.data];
}

// Expected values: cv2.resize(numpy.array(…, numpy.uint8), (width, height)) of OpenCV 4.7.0.
describe('resize()', () => {
  it('copies a picture of the same size', () => {
    assert.deepEqual(resized(grey(2, 2, [1, 2, 3, 4]), 2, 2), [1, 2, 3, 4]);
  });

  it('takes the mean of four pixels for exactly half the size, halves rounded up', () => {
    assert.deepEqual(resized(grey(4, 2, [0, 1, 10, 20, 0, 1, 30, 41]), 2, 1), [1, 25]);
  });

  it('interpolates when enlarging', () => {
    assert.deepEqual(resized(grey(2, 1, [0, 100]), 4, 1), [0, 25, 75, 100]);
  });

  it('does not smooth when shrinking: pixels between the samples do not count', () => {
    assert.deepEqual(resized(grey(6, 1, [10, 255, 255, 20, 255, 255]), 2, 1), [255, 255]);
  });

  it('spreads a single pixel', () => {
    assert.deepEqual(resized(grey(1, 1, [7]), 3, 2), [7, 7, 7, 7, 7, 7]);
  });

  it('gives three equal channels the same values as one', () => {
    const values = Array.from({ length: 35 }, (_, i) => (i * 37) % 256);
    const colour: Image = { width: 7, height: 5, channels: 3, data: Uint8Array.from(values.flatMap((v) => [v, v, v])) };
    const one = resized(grey(7, 5, values), 4, 4);
    assert.deepEqual(
      resized(colour, 4, 4),
      one.flatMap((v) => [v, v, v]),
    );
  });

  it('works for one size after another', () => {
    const resizer = createResizer();
    const values = Array.from({ length: 60 }, (_, i) => (i * 91) % 256);
    const results = [3, 9, 3].map((width) => {
      const target = blankImage(width, 5, 1);
      resizer.resize(grey(10, 6, values), target);
      return [...target.data];
    });
    assert.deepEqual(results[0], results[2]);
  });

  it('refuses different channels', () => {
    assert.throws(() => createResizer().resize(blankImage(2, 2, 1), blankImage(1, 1, 3)), RangeError);
  });

  it('refuses a target without its bytes', () => {
    const target: Image = { width: 9, height: 9, channels: 1, data: new Uint8Array(80) };
    assert.throws(() => createResizer().resize(blankImage(2, 2, 1), target), RangeError);
  });
});
