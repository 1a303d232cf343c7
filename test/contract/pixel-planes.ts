/** What every implementation of `PixelOps` must do with pictures in planes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PixelOps } from '../../src/vision/pixel-ops.js';
import { chromaSize, type Plane, type Planes } from '../../src/vision/planes.js';
import { createResizer } from '../../src/vision/resize.js';
import { area, isInside, picture, plainBytes, seed, size } from './pixel-pictures.js';

type Size = Readonly<{ width: number; height: number }>;

const shared = fc.constantFrom({ x: 1, y: 1 } as const, { x: 2, y: 1 } as const, { x: 2, y: 2 } as const);
/** Bytes between the rows of a plane. */
const gap = fc.integer({ min: 0, max: 3 });

function planesOf(
  whole: Size,
  ratio: Planes['shared'],
  { start, between, room }: { start: number; between: number; room: (bytes: number) => Uint8Array },
): Planes {
  const chroma = chromaSize({ ...whole, shared: ratio });
  const sizes = [whole, chroma, chroma].map(({ width, height }) => ({ width: width + between, height }));
  const bytes = room(sizes.reduce((sum, each) => sum + area(each), 0));
  let at = 0;
  const [luma, blue, red] = sizes.map((each, i): Plane => {
    const data = bytes.subarray(at, at + area(each));
    at += area(each);
    data.set(picture(each, 1, start + i).data);
    return { data, stride: each.width };
  }) as [Plane, Plane, Plane];
  return { ...whole, shared: ratio, luma, blue, red };
}

export function planesContract(name: string, create: (model: Size) => PixelOps): void {
  describe(`pixels in planes: ${name}`, () => {
    it('resizePlanes() gives the bytes of the plain resizer, in planes of its own memory and of other', () => {
      fc.assert(
        fc.property(size, size, shared, seed, gap, isInside, (from, model, ratio, start, between, inside) => {
          const pixels = create(model);
          const target = { ...model, channels: 3 as const, data: pixels.allocate(area(model) * 3) };
          const neighbour = pixels.allocate(64);
          const room = inside ? pixels.take : (bytes: number) => new Uint8Array(bytes);
          const source = planesOf(from, ratio, { start, between, room });
          const expected = { ...target, data: new Uint8Array(target.data.length) };
          createResizer().resizePlanes(source, expected);
          pixels.resizePlanes(source, target);
          assert.deepEqual(plainBytes(target.data), expected.data);
          assert.ok(neighbour.every((byte) => byte === 0));
        }),
        { numRuns: 500 },
      );
    });

    it('resizePlanes() takes targets that are smaller than the model and pictures that change, one after the other', () => {
      const model = { width: 40, height: 30 };
      const pixels = create(model);
      const memory = pixels.allocate(40 * 30 * 3);
      const inner = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 30 }) });
      fc.assert(
        fc.property(size, inner, shared, seed, (from, to, ratio, start) => {
          const target = { ...to, channels: 3 as const, data: memory.subarray(0, area(to) * 3) };
          const source = planesOf(from, ratio, { start, between: 0, room: pixels.take });
          const expected = { ...target, data: new Uint8Array(target.data.length) };
          createResizer().resizePlanes(source, expected);
          pixels.resizePlanes(source, target);
          assert.deepEqual(plainBytes(target.data), expected.data);
        }),
        { numRuns: 500 },
      );
    });

    it('resizePlanes() makes of every two colours what the plain resizer makes of them', () => {
      // 256 columns of Cb, 256 rows of Cr: each pair of them at three levels of brightness, resized to a pixel less.
      const levels = [0, 128, 255];
      const whole = { width: 256, height: 256 };
      const pixels = create({ width: 255, height: 256 });
      const target = { width: 255, height: 256, channels: 3 as const, data: pixels.allocate(255 * 256 * 3) };
      for (const level of levels) {
        const source = planesOf(whole, { x: 1, y: 1 }, { start: 1, between: 0, room: pixels.take });
        source.luma.data.fill(level);
        for (let i = 0; i < area(whole); i++) {
          source.blue.data[i] = i & 255;
          source.red.data[i] = i >> 8;
        }
        const expected = { ...target, data: new Uint8Array(target.data.length) };
        createResizer().resizePlanes(source, expected);
        pixels.resizePlanes(source, target);
        assert.equal(Buffer.compare(plainBytes(target.data), expected.data), 0, `at ${level}`);
      }
    });

    it('resizePlanes() refuses one channel', () => {
      const pixels = create({ width: 4, height: 4 });
      const grey = { width: 4, height: 4, channels: 1 as const, data: pixels.allocate(48) };
      const source = planesOf({ width: 20, height: 20 }, { x: 2, y: 2 }, { start: 1, between: 0, room: pixels.take });
      assert.throws(() => pixels.resizePlanes(source, grey), RangeError);
    });
  });
}
