import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type PixelOps, writePair } from '../../src/vision/pixel-ops.js';
import { createAntialiasedResizer } from '../../src/vision/antialiased-resize.js';
import { createResizer } from '../../src/vision/resize.js';
import { threshold } from '../../src/vision/threshold.js';
import {
  area,
  blankPair,
  channels,
  hugePicture,
  isInside,
  picture,
  plainBytes,
  seed,
  side,
  size,
} from './pixel-pictures.js';

type Size = Readonly<{ width: number; height: number }>;

/** What every implementation of `PixelOps` must do: byte for byte what the plain functions do, wherever the bytes are. */
export function pixelsContract(name: string, create: (model: Size) => PixelOps): void {
  describe(`pixels: ${name}`, () => {
    it('resize() gives the bytes of the plain resizer, in pictures of its own memory and of other', () => {
      fc.assert(
        fc.property(size, size, channels, seed, isInside, (from, model, count, start, inside) => {
          const pixels = create(model);
          const target = { ...model, channels: count, data: pixels.allocate(model.width * model.height * count) };
          const source = picture(from, count, start, inside ? pixels.take : undefined);
          const expected = { ...target, data: new Uint8Array(target.data.length) };
          createResizer().resize(source, expected);
          pixels.resize(source, target);
          assert.deepEqual(plainBytes(target.data), expected.data);
        }),
        { numRuns: 300 },
      );
    });

    it('resize() gives them for a target that is smaller than the model, one after the other', () => {
      const model = { width: 40, height: 30 };
      const pixels = create(model);
      const memory = pixels.allocate(40 * 30 * 3);
      const inner = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 30 }) });
      fc.assert(
        fc.property(size, inner, channels, seed, (from, to, count, start) => {
          const bytes = to.width * to.height * count;
          const target = { ...to, channels: count, data: memory.subarray(0, bytes) };
          const source = picture(from, count, start, pixels.take);
          const expected = { ...target, data: new Uint8Array(bytes) };
          createResizer().resize(source, expected);
          pixels.resize(source, target);
          assert.deepEqual(plainBytes(target.data), expected.data);
        }),
        { numRuns: 300 },
      );
    });

    it('resize() gives them at exactly half the size, of every width, next to other sizes', () => {
      fc.assert(
        fc.property(size, channels, seed, isInside, (model, count, start, inside) => {
          const pixels = create(model);
          const half = { ...model, channels: count, data: pixels.allocate(area(model) * count) };
          const neighbour = pixels.allocate(64);
          for (const more of [0, 1]) {
            const from = { width: 2 * model.width + more, height: 2 * model.height };
            const source = picture(from, count, start, inside ? pixels.take : undefined);
            const expected = { ...half, data: new Uint8Array(half.data.length) };
            createResizer().resize(source, expected);
            pixels.resize(source, half);
            assert.deepEqual(plainBytes(half.data), expected.data);
            assert.ok(neighbour.every((byte) => byte === 0));
          }
        }),
      );
    });

    it('resize() takes pictures of changing sizes and channels, one after the other', () => {
      const model = { width: 9, height: 7 };
      const pixels = create(model);
      const targets = [1, 3].map((count) => pixels.allocate(63 * count));
      for (const [i, width] of [40, 40, 3, 900, 9, 40].entries()) {
        for (const count of [1, 3] as const) {
          const source = picture({ width, height: 31 + i }, count, i + 1, pixels.take);
          const target = { ...model, channels: count, data: targets[count === 1 ? 0 : 1] as Uint8Array };
          const expected = { ...target, data: new Uint8Array(63 * count) };
          createResizer().resize(source, expected);
          pixels.resize(source, target);
          assert.deepEqual(plainBytes(target.data), expected.data, `${width} pixels wide, ${count} channels`);
        }
      }
    });

    it('resize() takes a picture that is larger than what is kept', () => {
      const model = { width: 8, height: 8 };
      const pixels = create(model);
      const target = { ...model, channels: 3 as const, data: pixels.allocate(192) };
      const huge = hugePicture(3, pixels.take);
      const expected = { ...target, data: new Uint8Array(192) };
      createResizer().resize(huge, expected);
      pixels.resize(huge, target);
      assert.deepEqual(plainBytes(target.data), expected.data);
    });

    it('resize() of another picture leaves the decoded one as it is', () => {
      const model = { width: 8, height: 8 };
      const pixels = create(model);
      const target = { ...model, channels: 3 as const, data: pixels.allocate(192) };
      const decoded = picture({ width: 40, height: 30 }, 3, 1, pixels.take);
      const before = plainBytes(decoded.data);
      pixels.resize(picture({ width: 30, height: 30 }, 3, 2), target);
      assert.deepEqual(plainBytes(decoded.data), before);
    });

    it('resize() refuses different channels', () => {
      const pixels = create({ width: 4, height: 4 });
      const grey = { width: 4, height: 4, channels: 1 as const, data: pixels.allocate(16) };
      assert.throws(() => pixels.resize(picture({ width: 8, height: 8 }, 3, 1), grey), RangeError);
    });

    it('resizeAntialiased() gives the bytes of the plain resizer, of a part too, and writes nothing behind it', () => {
      const parts = fc.record({ left: fc.integer({ min: 0, max: 9 }), top: fc.integer({ min: 0, max: 9 }) });
      fc.assert(
        fc.property(size, size, parts, channels, seed, isInside, (from, model, { left, top }, count, start, inside) => {
          const pixels = create(model);
          const bytes = model.width * model.height * count;
          const target = { ...model, channels: count, data: pixels.allocate(bytes) };
          const neighbour = pixels.allocate(64);
          const source = picture(from, count, start, inside ? pixels.take : undefined);
          const before = plainBytes(source.data);
          const expected = { ...target, data: new Uint8Array(bytes) };
          const scaled = { width: model.width + 2 * left, height: model.height + 2 * top };
          const crop = { ...model, x: left, y: top };
          createAntialiasedResizer().resize({ ...source, data: before }, scaled, crop, expected);
          pixels.resizeAntialiased(source, scaled, crop, target);
          assert.deepEqual(plainBytes(target.data), expected.data);
          assert.deepEqual(plainBytes(source.data), before);
          assert.ok(neighbour.every((byte) => byte === 0));
        }),
        { numRuns: 300 },
      );
    });

    it('resizeAntialiased() takes pictures of changing sizes and channels, and one that there is no room for', () => {
      const model = { width: 9, height: 7 };
      const pixels = create(model);
      const targets = [1, 3].map((count) => pixels.allocate(63 * count));
      for (const [i, width] of [40, 3, 900, 40, 6000].entries()) {
        for (const count of [1, 3] as const) {
          const isHuge = width === 6000;
          const size = { width, height: 31 + i };
          const source = isHuge ? hugePicture(count, pixels.take) : picture(size, count, i + 1, pixels.take);
          // Of the huge one only few rows, which is soon done.
          const scaled = isHuge ? { width: 9, height: 3500 } : model;
          const crop = { ...model, x: 0, y: isHuge ? 1700 : 0 };
          const target = { ...model, channels: count, data: targets[count === 1 ? 0 : 1] as Uint8Array };
          const expected = { ...target, data: new Uint8Array(63 * count) };
          createAntialiasedResizer().resize(source, scaled, crop, expected);
          pixels.resizeAntialiased(source, scaled, crop, target);
          assert.deepEqual(plainBytes(target.data), expected.data, `${width} pixels wide, ${count} channels`);
        }
      }
    });

    it('threshold() gives the mask, the number of white pixels and the score of the plain function', () => {
      const special = fc.constantFrom(0.5, Math.fround(0.1), 0.1, Number.NaN, -0, Infinity, -Infinity, 1e-45);
      const value = fc.oneof(fc.float({ min: 0, max: 1 }), special);
      fc.assert(
        fc.property(
          side.chain((width) => fc.record({ width: fc.constant(width), values: fc.array(value, { maxLength: 200 }) })),
          fc.constantFrom(0.5, 0.1, 0),
          ({ width, values }, limit) => {
            const height = Math.ceil((values.length + 1) / width);
            const pixels = create({ width, height });
            const { buffer, byteOffset } = pixels.allocate(4 * width * height);
            const output = new Float32Array(buffer, byteOffset, width * height);
            output.set(values);
            const mask = pixels.allocate(output.length);
            const expected = new Uint8Array(output.length);
            const { whitePixels, score } = threshold(output, limit, expected);
            const actual = pixels.threshold(output, limit, mask);
            // Adding 0 makes -0 and 0, which are equal, one value.
            assert.deepEqual([actual.whitePixels, actual.score + 0], [whitePixels, score + 0]);
            assert.deepEqual(plainBytes(mask), expected);
          },
        ),
      );
    });

    it('threshold() of values that are no numbers has no score', () => {
      const pixels = create({ width: 5, height: 5 });
      const { buffer, byteOffset } = pixels.allocate(100);
      for (const output of [new Float32Array(25), new Float32Array(buffer, byteOffset, 25)]) {
        const summary = pixels.threshold(output.fill(Number.NaN), 0.5, pixels.allocate(25));
        assert.deepEqual(summary, { whitePixels: 0, score: Number.NEGATIVE_INFINITY });
      }
    });

    it('writePair() gives what the plain function gives, and writes nothing else', () => {
      fc.assert(
        fc.property(size, channels, seed, (model, count, start) => {
          const pixels = create(model);
          const image = picture(model, count, start, pixels.allocate);
          const mask = picture(model, 1, start + 1, pixels.allocate).data;
          const pair = blankPair(model, pixels.allocate(6 * area(model)));
          const neighbour = pixels.allocate(64);
          const expected = blankPair(model, new Uint8Array(6 * area(model)));
          writePair(image, mask, expected);
          pixels.writePair(image, mask, pair);
          assert.deepEqual(plainBytes(pair.data), expected.data);
          assert.ok(neighbour.every((byte) => byte === 0));
        }),
      );
    });
  });
}
