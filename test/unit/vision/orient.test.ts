import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Image } from '../../../src/vision/image.js';
import { isTransposed, type Orientation, orient } from '../../../src/vision/orient.js';

// Stored:  a b c    By the Exif standard, orientation says which visible edge row 0 and column 0 are.
//          d e f
const stored: Image = { width: 3, height: 2, channels: 1, data: Buffer.from('abcdef') };
const upright: Readonly<Record<Orientation, string>> = {
  1: 'abc/def',
  2: 'cba/fed',
  3: 'fed/cba',
  4: 'def/abc',
  5: 'ad/be/cf',
  6: 'da/eb/fc',
  7: 'fc/eb/da',
  8: 'cf/be/ad',
};

function rows({ width, height, data }: Image): string {
  return Array.from({ length: height }, (_, y) =>
    Buffer.from(data).toString('latin1', y * width, (y + 1) * width),
  ).join('/');
}

describe('orient()', () => {
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
    it(`turns orientation ${orientation} upright`, () => {
      assert.equal(rows(orient(stored, orientation, new Uint8Array(6))), upright[orientation]);
    });
  }

  it('keeps the channels of a pixel together', () => {
    const image: Image = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    assert.deepEqual([...orient(image, 2, new Uint8Array(6)).data], [4, 5, 6, 1, 2, 3]);
  });

  it('refuses a buffer that is too small', () => {
    assert.throws(() => orient(stored, 6, new Uint8Array(5)), RangeError);
  });
});

describe('isTransposed()', () => {
  it('is true where width and height change places', () => {
    assert.deepEqual(([1, 2, 3, 4, 5, 6, 7, 8] as const).filter(isTransposed), [5, 6, 7, 8]);
  });
});
