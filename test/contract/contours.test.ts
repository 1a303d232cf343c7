/**
 * Contours are counted without following them (src/vision/labelling.ts). What they are is OpenCV's findContours: the count must
 * be its count for every mask, and small masks can all be tried.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { createOpenCv } from '../../src/imaging/opencv.js';
import { createRegionFinder } from '../../src/vision/regions.js';
import { seeded } from '../support/seeded.js';

/** What is drawn before noise comes over it: white is where it is true. */
const DRAWINGS: Readonly<Record<string, (x: number, y: number, width: number, height: number) => boolean>> = {
  black: () => false,
  white: () => true,
  checkerboard: (x, y) => (x + y) % 2 === 0,
  'dots that touch nothing': (x, y) => x % 2 === 0 && y % 2 === 0,
  'holes that touch over corners': (x, y) => (x + y) % 2 === 0 || x % 4 === 3,
  'nested rings': (x, y, width, height) => Math.min(x, y, width - 1 - x, height - 1 - y) % 2 === 0,
  'nested diamonds': (x, y, width, height) => (Math.abs(x - (width >> 1)) + Math.abs(y - (height >> 1))) % 3 === 0,
  'the border alone': (x, y, width, height) => x === 0 || y === 0 || x === width - 1 || y === height - 1,
  'all but the border': (x, y, width, height) => x > 0 && y > 0 && x < width - 1 && y < height - 1,
  comb: (x, y, _width, height) => x % 2 === 0 || y === height - 1,
  'a diagonal': (x, y) => x === y,
};

describe('countContours() of vision and of OpenCV', () => {
  const opencv = createOpenCv();
  after(() => opencv.close());
  const finder = createRegionFinder();

  function assertEqual(mask: Uint8Array, width: number, height: number): void {
    const ours = finder.countContours(mask, width, height);
    const theirs = opencv.countContours(mask, width, height);
    if (ours !== theirs) assert.equal(ours, theirs, drawn(mask, width)); // the text is made only for a failure
  }

  for (const [width, height] of [
    [3, 3],
    [4, 4],
    [2, 7],
    [7, 2],
    [1, 12],
    [12, 1],
  ] as const) {
    it(`agree on every mask of ${width} × ${height}`, () => {
      const mask = new Uint8Array(width * height);
      for (let bits = 0; bits < 2 ** mask.length; bits++) {
        for (let i = 0; i < mask.length; i++) mask[i] = ((bits >> i) & 1) * 255;
        assertEqual(mask, width, height);
      }
    });
  }

  for (const [width, height] of [
    [5, 5],
    [8, 8],
    [13, 6],
    [17, 31],
  ] as const) {
    it(`agree on 10 000 masks of ${width} × ${height}, of all densities`, () => {
      const random = seeded(width * height);
      const mask = new Uint8Array(width * height);
      for (let round = 0; round < 10_000; round++) {
        const density = random();
        for (let i = 0; i < mask.length; i++) mask[i] = random() < density ? 255 : 0;
        assertEqual(mask, width, height);
      }
    });
  }

  for (const [name, isWhite] of Object.entries(DRAWINGS)) {
    it(`agree on ${name}, of any size, with a little noise or none`, () => {
      const side = fc.integer({ min: 1, max: 40 });
      fc.assert(
        fc.property(side, side, fc.array(fc.nat(), { maxLength: 5 }), (width, height, turned) => {
          const at = (_: unknown, i: number) => (isWhite(i % width, Math.floor(i / width), width, height) ? 255 : 0);
          const mask = Uint8Array.from({ length: width * height }, at);
          for (const each of turned) mask[each % mask.length] = 255 - (mask[each % mask.length] as number);
          assertEqual(mask, width, height);
        }),
      );
    });
  }
});

function drawn(mask: Uint8Array, width: number): string {
  const rows = Array.from({ length: mask.length / width }, (_, y) => mask.subarray(y * width, (y + 1) * width));
  return `\n${rows.map((row) => Array.from(row, (value) => (value === 0 ? '.' : '#')).join('')).join('\n')}`;
}
