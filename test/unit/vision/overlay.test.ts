import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Image } from '../../../src/vision/image.js';
import { type Marks, writeOverlay } from '../../../src/vision/overlay.js';

/** A picture of one value, and what `writeOverlay` makes of it as text: `#` contour, `o` box, `.` untouched. */
function drawn(width: number, height: number, marks: Partial<Marks>, channels: 1 | 3 = 3): string[] {
  const picture: Image = { width, height, channels, data: new Uint8Array(width * height * channels).fill(7) };
  const out: Image = { width, height, channels: 3, data: new Uint8Array(width * height * 3) };
  writeOverlay(picture, { mask: new Uint8Array(4), width: 2, height: 2, regions: [], ...marks }, out);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const pixel = [...out.data.subarray(3 * (y * width + x), 3 * (y * width + x + 1))].join();
      return { '7,7,7': '.', '48,59,255': '#', '51,194,255': 'o' }[pixel] ?? '?';
    }).join(''),
  );
}

test('writeOverlay() leaves the picture as it is where nothing is white', () => {
  assert.deepEqual(drawn(4, 3, {}), ['....', '....', '....']);
});

test('writeOverlay() gives a grey picture three equal channels', () => {
  assert.deepEqual(drawn(2, 1, {}, 1), ['..']);
});

test('writeOverlay() draws the border of a white pixel where the resize put it', () => {
  // Mask pixel (1, 1) of 2×2 covers x 4 to 8 and y 4 to 8 of 8×8; at the picture's own edge the line stays inside.
  const mask = Uint8Array.of(0, 0, 0, 255);
  assert.deepEqual(drawn(8, 8, { mask }), [
    '........',
    '........',
    '........',
    '........',
    '....####',
    '....#..#',
    '....#..#',
    '....####',
  ]);
});

test('writeOverlay() draws no line between two white pixels', () => {
  const mask = Uint8Array.of(255, 255, 0, 0);
  assert.deepEqual(drawn(6, 6, { mask })[1], '#....#');
});

test('writeOverlay() draws the border of a hole', () => {
  const mask = Uint8Array.of(255, 255, 255, 255, 0, 255, 255, 255, 255);
  const rows = drawn(9, 9, { mask, width: 3, height: 3 });
  assert.deepEqual(rows.slice(2, 8), ['#.......#', '#..####.#', '#..#..#.#', '#..#..#.#', '#..####.#', '#.......#']);
});

test('writeOverlay() draws a box around a region, two lines outside, cut off at the edge', () => {
  const regions = [{ x: 1, y: 1, width: 1, height: 1, pixels: 1 }];
  const rows = drawn(12, 12, { width: 4, height: 4, mask: new Uint8Array(16), regions });
  assert.deepEqual(rows.slice(0, 10), [
    '............',
    '.oooooooo...',
    ...Array<string>(6).fill('.o......o...'),
    '.oooooooo...',
    '............',
  ]);
});

test('writeOverlay() works where the picture is smaller than the mask', () => {
  assert.doesNotThrow(() => drawn(1, 1, { mask: new Uint8Array(64).fill(255), width: 8, height: 8 }));
});

test('writeOverlay() refuses sizes that do not fit', () => {
  assert.throws(() => drawn(4, 4, { mask: new Uint8Array(3) }), RangeError);
});

test('writeOverlay() draws within the part of the picture that the mask shows', () => {
  const mask = Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 0);
  const rows = drawn(12, 6, { mask, width: 3, height: 3, seen: { x: 4, y: 0, width: 6, height: 6 } });
  assert.deepEqual(rows.slice(1, 5), ['............', '......###...', '......#.#...', '......###...']);
});
