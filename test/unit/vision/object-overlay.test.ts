import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Region } from '../../../src/domain/measures.js';
import type { Image } from '../../../src/vision/image.js';
import { type ObjectMarks, writeCaptions, writeObjectOverlay } from '../../../src/vision/object-overlay.js';

const SIZE = { width: 80, height: 40 };
const DENT: Region = { x: 20, y: 20, width: 10, height: 8, class: 'dent', score: 0.875 };

function drawn(marks: ObjectMarks): (x: number, y: number) => string {
  const picture: Image = { ...SIZE, channels: 1, data: new Uint8Array(SIZE.width * SIZE.height).fill(100) };
  const out: Image = { ...SIZE, channels: 3, data: new Uint8Array(3 * SIZE.width * SIZE.height) };
  writeObjectOverlay(picture, marks, out);
  return (x, y) => [...out.data.subarray(3 * (y * SIZE.width + x), 3 * (y * SIZE.width + x) + 3)].join();
}

const PLAIN = '100,100,100';
const FIRST_COLOUR = '51,194,255';

describe('writeObjectOverlay()', () => {
  it('leaves a picture without objects as it is, in three channels', () => {
    const at = drawn({ regions: [] });
    assert.deepEqual([at(0, 0), at(79, 39)], [PLAIN, PLAIN]);
  });

  it('draws the box one line outside of the object, which stays as it is', () => {
    const at = drawn({ regions: [DENT] });
    assert.deepEqual(
      [at(19, 24), at(30, 24), at(20, 24), at(29, 27), at(24, 28)],
      [FIRST_COLOUR, FIRST_COLOUR, PLAIN, PLAIN, FIRST_COLOUR],
    );
  });

  it('puts name and score above the box, in letters of the other brightness', () => {
    const at = drawn({ regions: [DENT] });
    const label = Array.from({ length: 11 * 40 }, (_, i) => at(20 + (i % 40), 9 + Math.floor(i / 40)));
    assert.deepEqual([...new Set(label)].sort(), ['0,0,0', FIRST_COLOUR]);
  });

  it('puts the label into the box where there is no room above, and keeps it in the picture', () => {
    const at = drawn({ regions: [{ ...DENT, x: 75, y: 2, width: 4 }] });
    assert.deepEqual([at(78, 2), at(40, 3)], [FIRST_COLOUR, FIRST_COLOUR]);
  });

  it('gives classes colours of their own', () => {
    const at = drawn({ regions: [DENT, { ...DENT, x: 50, class: 'scratch' }] });
    assert.notEqual(at(19, 24), at(49, 24));
  });

  it('tints what belongs to the mask, half and half', () => {
    const at = drawn({ regions: [DENT], maskOf: () => (x, y) => x === 22 && y === 22 });
    assert.deepEqual([at(22, 22), at(23, 22)], ['75,147,177', PLAIN]);
  });

  it('takes an object that reaches beyond the picture', () => {
    const at = drawn({
      regions: [{ x: 70, y: 30, width: 40, height: 40, class: 'ä¥', score: 1 }],
      maskOf: () => () => true,
    });
    assert.notEqual(at(75, 35), PLAIN);
  });

  it('refuses a picture of another size', () => {
    const picture: Image = { ...SIZE, channels: 3, data: new Uint8Array(3 * 80 * 40) };
    assert.throws(() => writeObjectOverlay(picture, { regions: [] }, { ...picture, width: 79 }), RangeError);
  });
});

describe('writeCaptions()', () => {
  it('writes line under line into the upper left corner, and leaves the rest as it is', () => {
    const picture: Image = { ...SIZE, channels: 3, data: new Uint8Array(3 * 80 * 40).fill(100) };
    const out: Image = { ...picture, data: new Uint8Array(3 * 80 * 40) };
    writeCaptions(picture, ['dent 0.9', 'ok 0.1'], out);
    const at = (x: number, y: number) => [...out.data.subarray(3 * (y * 80 + x), 3 * (y * 80 + x) + 3)].join();
    assert.deepEqual([at(0, 0), at(0, 11), at(79, 39)], [FIRST_COLOUR, '219,112,72', PLAIN]);
  });
});
