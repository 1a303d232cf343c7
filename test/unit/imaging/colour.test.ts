import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cmykToBgr, premultiplyToBgr, rgb16ToBgr, swapRedBlue } from '../../../src/imaging/sharp.js';

function converted<T>(convert: (from: T, to: Uint8Array) => void, from: T): readonly number[] {
  const bgr = new Uint8Array(3);
  convert(from, bgr);
  return [...bgr];
}

describe('swapRedBlue()', () => {
  it('swaps the first and third byte of each pixel', () => {
    const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);
    swapRedBlue(pixels);
    assert.deepEqual([...pixels], [3, 2, 1, 6, 5, 4]);
  });
});

describe('cmykToBgr()', () => {
  it('makes white of no ink', () => assert.deepEqual(converted(cmykToBgr, Uint8Array.of(0, 0, 0, 0)), [255, 255, 255]));
  it('makes black of black ink', () => assert.deepEqual(converted(cmykToBgr, Uint8Array.of(0, 0, 0, 255)), [0, 0, 0]));
  it('takes red away by cyan, rounding the ink down: 255 − (255·255 >> 8)', () =>
    assert.deepEqual(converted(cmykToBgr, Uint8Array.of(255, 0, 0, 0)), [255, 255, 1]));
});

describe('rgb16ToBgr()', () => {
  // 65535/255 = 257: half a step is 128.5.
  it('rounds to the nearest of 8 bits', () =>
    assert.deepEqual(converted(rgb16ToBgr, Uint16Array.of(65535, 128, 129)), [1, 0, 255]));
});

describe('premultiplyToBgr()', () => {
  it('multiplies with alpha and rounds', () =>
    assert.deepEqual(converted(premultiplyToBgr, Uint8Array.of(255, 100, 1, 128)), [1, 50, 128]));
  it('makes black of what is transparent', () =>
    assert.deepEqual(converted(premultiplyToBgr, Uint8Array.of(255, 100, 1, 0)), [0, 0, 0]));
});
