import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createOpenCv } from '../../../src/imaging/opencv.js';

describe('createOpenCv()', () => {
  const before = ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
  const opencv = createOpenCv();
  after(() => opencv.close());

  it('leaves no handler of the process behind', () => {
    const now = ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
    assert.deepEqual(now, before);
  });

  it('counts a region, its hole and a region in the hole', () => {
    const rows = ['.......', '.#####.', '.#...#.', '.#.#.#.', '.#...#.', '.#####.', '.......'];
    const mask = Uint8Array.from(rows.join(''), (character) => (character === '#' ? 255 : 0));
    assert.equal(opencv.countContours(mask, 7, 7), 3);
  });

  it('counts a region at the border', () => {
    assert.equal(opencv.countContours(new Uint8Array(12).fill(255), 4, 3), 1);
  });

  it('counts nothing in a black mask of another size', () => {
    assert.equal(opencv.countContours(new Uint8Array(20), 5, 4), 0);
  });

  it('refuses a mask of the wrong length', () => {
    assert.throws(() => opencv.countContours(new Uint8Array(11), 4, 3), RangeError);
  });
});
