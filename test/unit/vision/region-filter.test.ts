import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegionFilter } from '../../../src/vision/region-filter.js';

const SEEDED = `...##.#...###...
....##.##......#
##.#.#.##.....#.
....#.##.......#
.#.#.#.#..#....#
#..#.....##...#.
#.##............
#.#..#..#....##.
#....#..........
..#...#.......##
#..#....#....##.
...#.....######.`;

/** Without the regions below 4 pixels, by OpenCV 4.14: connectedComponentsWithStats(connectivity=8). */
const LEFT = `...##.#.........
....##.##......#
...#.#.##.....#.
....#.##.......#
.#.#.#.#.......#
#..#..........#.
#.##............
#.#.............
#...............
..............##
........#....##.
.........######.`;

const maskOf = (text: string) => Uint8Array.from(text.replaceAll('\n', ''), (c) => (c === '#' ? 255 : 0));

test('createRegionFilter() takes out what OpenCV’s connected components are too small for', () => {
  const mask = maskOf(SEEDED);
  const left = createRegionFilter(4)(mask, 16, 12);
  assert.deepEqual(mask, maskOf(LEFT));
  assert.equal(left, maskOf(LEFT).filter((value) => value === 255).length);
});

test('createRegionFilter() keeps nothing of the mask before', () => {
  const filter = createRegionFilter(4);
  filter(maskOf(SEEDED), 16, 12);
  const small = Uint8Array.of(255, 255, 255, 0);
  assert.equal(filter(small, 4, 1), 0);
  assert.deepEqual([...small], [0, 0, 0, 0]);
});

test('createRegionFilter() keeps a region of just enough pixels', () => {
  const mask = Uint8Array.of(255, 0, 0, 255);
  assert.equal(createRegionFilter(2)(mask, 2, 2), 2);
});
