import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Region } from '../../../src/domain/measures.js';
import { createRegionFinder } from '../../../src/vision/regions.js';

function regionsOf(picture: string, maxRegions?: number): readonly Region[] {
  const rows = picture.trim().split(/\s+/);
  const mask = Uint8Array.from(rows.join(''), (character) => (character === '#' ? 255 : 0));
  return createRegionFinder(maxRegions).find(mask, rows[0]?.length ?? 0, rows.length).regions;
}

function contoursOf(picture: string): number {
  const rows = picture.trim().split(/\s+/);
  const mask = Uint8Array.from(rows.join(''), (character) => (character === '#' ? 255 : 0));
  return createRegionFinder().countContours(mask, rows[0]?.length ?? 0, rows.length);
}

describe('countContours()', () => {
  it('counts a region, its hole and a region in the hole', () => {
    assert.equal(contoursOf('####### #.....# #.....# #..#..# #.....# #.....# #######'), 3);
  });

  it('counts two holes that touch over a corner as two: black joins over edges only', () => {
    assert.equal(contoursOf('##### #.### ##.## #####'), 3);
  });

  it('counts no hole where black reaches the border, nor one outside of it', () => {
    assert.equal(contoursOf('### #.. ###'), 1);
    assert.equal(contoursOf('###'), 1);
  });

  it('counts regions that touch over corners and the hole between them', () => {
    assert.equal(contoursOf('.#. #.# .#.'), 2);
  });

  it('counts the same wherever the mask lies in its memory', () => {
    const drawing = [0, 0, 9, 9, 9, 9, 9, 0, 0, 9, 0, 0, 0, 0, 0, 9, 0, 0, 9, 9, 9, 9, 9, 0];
    for (const start of [0, 1, 2, 3]) {
      const mask = new Uint8Array(32).subarray(start, start + 24);
      mask.set(drawing);
      assert.equal(createRegionFinder().countContours(mask, 8, 3), 2);
    }
  });

  it('counts all, though find() gives the largest only', () => {
    const { contours, regions } = createRegionFinder(1).find(Uint8Array.of(1, 0, 1, 0, 1), 5, 1);
    assert.deepEqual([contours, regions.length], [3, 1]);
  });
});

describe('find()', () => {
  it('finds nothing in a black mask', () => {
    assert.deepEqual(regionsOf('... ...'), []);
  });

  it('gives box and pixels of a region', () => {
    assert.deepEqual(regionsOf('.... .##. .#.. ....'), [{ x: 1, y: 1, width: 2, height: 2, pixels: 3 }]);
  });

  it('joins over corners, to the right', () => {
    assert.equal(regionsOf('#... .#.. ....').length, 1);
  });

  it('joins over corners, to the left', () => {
    assert.equal(regionsOf('.#.. #... ....').length, 1);
  });

  it('does not join from one row end to the next row start', () => {
    assert.equal(regionsOf('...# .... #...').length, 2);
  });

  it('joins branches that meet further down', () => {
    assert.deepEqual(regionsOf('#.#.# #.#.# #####'), [{ x: 0, y: 0, width: 5, height: 3, pixels: 11 }]);
  });

  it('joins one run with two above, and the next run with the last of them', () => {
    assert.equal(regionsOf('#.#####.. ###.#.###').length, 1);
  });

  it('counts a ring and a dot in it as two', () => {
    assert.deepEqual(
      regionsOf('##### #...# #.#.# #...# #####').map(({ pixels }) => pixels),
      [16, 1],
    );
  });

  it('puts the largest first, equal ones in reading order', () => {
    assert.deepEqual(
      regionsOf('#...## ...... .#....').map(({ x, pixels }) => [x, pixels]),
      [
        [4, 2],
        [0, 1],
        [1, 1],
      ],
    );
  });

  it('gives at most maxRegions, the largest', () => {
    assert.deepEqual(
      regionsOf('#.##.###', 2).map(({ pixels }) => pixels),
      [3, 2],
    );
  });

  it('finds as many as a mask can hold', () => {
    assert.equal(regionsOf('#.#.# ..... #.#.#').length, 6);
  });

  it('gives at most 100 by default', () => {
    assert.equal(regionsOf('#.'.repeat(101)).length, 100);
  });

  it('forgets the mask before', () => {
    const finder = createRegionFinder();
    finder.find(new Uint8Array(9).fill(255), 3, 3);
    assert.deepEqual(finder.find(new Uint8Array(9), 3, 3), { contours: 0, regions: [] });
  });

  it('takes masks of growing size', () => {
    const finder = createRegionFinder();
    finder.find(new Uint8Array(4).fill(255), 2, 2);
    assert.equal(finder.find(new Uint8Array(100).fill(255), 10, 10).regions[0]?.pixels, 100);
  });

  it('refuses a mask of another size', () => {
    assert.throws(() => createRegionFinder().find(new Uint8Array(8), 3, 3), RangeError);
  });
});
