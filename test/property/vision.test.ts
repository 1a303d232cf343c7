import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { createOpenCv } from '../../src/imaging/opencv.js';
import type { Image } from '../../src/vision/image.js';
import { createRegionFinder } from '../../src/vision/regions.js';
import { createResizer } from '../../src/vision/resize.js';
import { blankImage } from '../support/pictures/bgr.js';
import { createOpenCvResize } from '../support/pictures/opencv-resize.js';

const side = fc.integer({ min: 1, max: 70 });
const channels = fc.constantFrom(1 as const, 3 as const);

/** A picture of noise, flat areas and both extremes. */
const image = fc
  .record({ width: side, height: side, channels, seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }) })
  .map(({ width, height, channels, seed }): Image => {
    let state = seed;
    const next = () => {
      state = (state * 48271) % 2147483647;
      return state;
    };
    const kinds = [() => next() & 255, () => (next() & 1) * 255, () => 255];
    const kind = kinds[seed % kinds.length] as () => number;
    return { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, kind) };
  });

const mask = fc
  .record({ width: side, height: side, density: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height, density }) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: width * height, maxLength: width * height })
      .map((values) => ({ width, height, pixels: Uint8Array.from(values, (v) => (v < density ? 255 : 0)) })),
  );

describe('vision against independent implementations', () => {
  const opencv = createOpenCv();
  const resizeByOpenCv = createOpenCvResize();
  after(() => opencv.close());
  const resizer = createResizer();
  const finder = createRegionFinder(Number.MAX_SAFE_INTEGER);

  it('resize() gives the bytes of OpenCV for all sizes', () => {
    fc.assert(
      fc.property(image, side, side, (source, width, height) => {
        const ours = blankImage(width, height, source.channels);
        const theirs = blankImage(width, height, source.channels);
        resizer.resize(source, ours);
        resizeByOpenCv(source, theirs);
        assert.deepEqual(ours.data, theirs.data);
      }),
      { numRuns: 500 },
    );
  });

  it('resize() gives the bytes of OpenCV for exactly half the size', () => {
    fc.assert(
      fc.property(image, ({ width, height, channels }) => {
        const source = {
          width: 2 * width,
          height: 2 * height,
          channels,
          data: new Uint8Array(4 * width * height * channels),
        };
        source.data.forEach((_, i) => {
          source.data[i] = (i * 7919) >> 3;
        });
        const ours = blankImage(width, height, channels);
        const theirs = blankImage(width, height, channels);
        resizer.resize(source, ours);
        resizeByOpenCv(source, theirs);
        assert.deepEqual(ours.data, theirs.data);
      }),
    );
  });

  // Weights are multiples of 1/2048: with these sizes some lie exactly between two.
  it('resize() rounds weights as OpenCV does', () => {
    const large = fc.constantFrom(2048, 4096, 8192);
    fc.assert(
      fc.property(image, large, fc.boolean(), (source, size, isWide) => {
        const [width, height] = isWide ? [size, 2] : [2, size];
        const ours = blankImage(width, height, source.channels);
        const theirs = blankImage(width, height, source.channels);
        resizer.resize(source, ours);
        resizeByOpenCv(source, theirs);
        assert.deepEqual(ours.data, theirs.data);
      }),
    );
  });

  it('find() gives the regions of a flood fill', () => {
    fc.assert(
      fc.property(mask, ({ pixels, width, height }) => {
        const ours = finder
          .find(pixels, width, height)
          .regions.map(({ x, y, width, height, pixels }) => [x, y, width, height, pixels]);
        assert.deepEqual(ours.map(String).sort(), floodFill(pixels, width, height, 255, 8).map(String).sort());
      }),
    );
  });

  // Suzuki's borders: one around each 8-connected white region, one around each hole, which is a 4-connected black region
  // that does not reach the mask's border.
  it('countContours() is the number of regions and of holes', () => {
    fc.assert(
      fc.property(mask, ({ pixels, width, height }) => {
        const regions = floodFill(pixels, width, height, 255, 8).length;
        const holes = floodFill(pixels, width, height, 0, 4).filter(
          ([x, y, w, h]) => x > 0 && y > 0 && x + w < width && y + h < height,
        ).length;
        assert.equal(finder.countContours(pixels, width, height), regions + holes);
        assert.equal(opencv.countContours(pixels, width, height), regions + holes);
      }),
    );
  });
});

type Box = [x: number, y: number, width: number, height: number, pixels: number];

/** Plain and slow: fill from each unseen pixel. */
function floodFill(mask: Uint8Array, width: number, height: number, value: number, neighbours: 4 | 8): Box[] {
  const seen = new Set<number>();
  const boxes: Box[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== value || seen.has(start)) continue;
    const stack = [start];
    seen.add(start);
    const members: number[] = [];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      members.push(at);
      for (const next of around(at, width, height, neighbours)) {
        if (mask[next] !== value || seen.has(next)) continue;
        seen.add(next);
        stack.push(next);
      }
    }
    const columns = members.map((i) => i % width);
    const rows = members.map((i) => Math.floor(i / width));
    const [x, y] = [Math.min(...columns), Math.min(...rows)];
    boxes.push([x, y, Math.max(...columns) - x + 1, Math.max(...rows) - y + 1, members.length]);
  }
  return boxes;
}

function around(at: number, width: number, height: number, neighbours: 4 | 8): number[] {
  const x = at % width;
  const y = Math.floor(at / width);
  const found: number[] = [];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const isInside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
      if (isInside && (neighbours === 8 || dx === 0 || dy === 0)) found.push((y + dy) * width + x + dx);
    }
  }
  return found;
}
