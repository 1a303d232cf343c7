import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClassMasks, chooseClasses, readClassNumbers, thresholdClasses } from '../../../src/vision/classes.js';

const masksOf = (classes: number, pixels: number): ClassMasks => ({
  mask: new Uint8Array(pixels).fill(7),
  byClass: Array.from({ length: classes }, () => new Uint8Array(pixels).fill(7)),
});
const whiteOf = ({ mask, byClass }: ClassMasks) => [mask, ...byClass].map((each) => [...each].map((v) => v / 255));

/** Background, crack, break at four pixels: sure crack, unsure crack, background, crack and break equal. */
const PLANES = Float32Array.of(0.1, 0.3, 0.9, 0.2, 0.8, 0.4, 0.06, 0.4, 0.1, 0.3, 0.04, 0.4);

describe('chooseClasses()', () => {
  it('takes the largest class, of equal ones the first, where it is above the limit', () => {
    const masks = masksOf(3, 4);
    assert.deepEqual(chooseClasses(PLANES, 0, 0, masks), { whitePixels: 3, score: Math.fround(0.8) });
    assert.deepEqual(whiteOf(masks), [
      [1, 1, 0, 1],
      [0, 0, 0, 0],
      [1, 1, 0, 1],
      [0, 0, 0, 0],
    ]);
  });

  it('leaves out what is not above the limit', () => {
    const masks = masksOf(3, 4);
    assert.equal(chooseClasses(PLANES, 0, Math.fround(0.4), masks).whitePixels, 1);
    assert.deepEqual(whiteOf(masks)[2], [1, 0, 0, 0]);
  });

  it('counts every class as a defect when none is the background', () => {
    const masks = masksOf(3, 4);
    assert.deepEqual(chooseClasses(PLANES, -1, 0.5, masks), { whitePixels: 2, score: Math.fround(0.9) });
  });

  it('is black where the numbers are none', () => {
    const masks = masksOf(2, 1);
    assert.equal(chooseClasses(Float32Array.of(Number.NaN, Number.NaN), -1, 0, masks).whitePixels, 0);
  });
});

describe('thresholdClasses()', () => {
  it('judges each class by itself and counts a pixel of two classes once', () => {
    const masks = masksOf(3, 4);
    assert.deepEqual(thresholdClasses(PLANES, 0, 0.35, masks), { whitePixels: 3, score: Math.fround(0.8) });
    assert.deepEqual(whiteOf(masks), [
      [1, 1, 0, 1],
      [0, 0, 0, 0],
      [1, 1, 0, 1],
      [0, 0, 0, 1],
    ]);
  });
});

describe('readClassNumbers()', () => {
  it('is white where the number is that of a class but the background', () => {
    const masks = masksOf(3, 5);
    assert.deepEqual(readClassNumbers(Float32Array.of(0, 1, 2, 9, -1), 0, masks), { whitePixels: 2, score: 1 });
    assert.deepEqual(whiteOf(masks), [
      [0, 1, 1, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 1, 0, 0, 0],
      [0, 0, 1, 0, 0],
    ]);
  });
  it('has score 0 when there is no defect', () => {
    assert.equal(readClassNumbers(Float32Array.of(0), 0, masksOf(2, 1)).score, 0);
  });
});
