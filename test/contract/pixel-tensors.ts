import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { writeNormalised } from '../../src/vision/normalise.js';
import { type PixelOps, writeTensor } from '../../src/vision/pixel-ops.js';
import { area, channels, isInside, picture, plainBytes, seed, size } from './pixel-pictures.js';
type Size = Readonly<{ width: number; height: number }>;

/** How every implementation of `PixelOps` fills tensors and bytes: as the plain functions do, wherever the bytes are. */
export function tensorsContract(name: string, create: (model: Size) => PixelOps): void {
  describe(`tensors: ${name}`, () => {
    it('writeTensor() gives what the plain function gives', () => {
      const kinds = [Uint8Array, Float32Array] as const;
      const layout = fc.constantFrom('NCHW' as const, 'NHWC' as const);
      fc.assert(
        fc.property(size, channels, seed, layout, fc.constantFrom(...kinds), (model, count, start, order, Tensor) => {
          const pixels = create(model);
          const image = picture(model, count, start, pixels.allocate);
          const length = 3 * area(model);
          const expected = new Tensor(length);
          writeTensor(image, order, expected);
          const { buffer, byteOffset } = pixels.allocate(length * Tensor.BYTES_PER_ELEMENT);
          for (const tensor of [new Tensor(length), new Tensor(buffer as ArrayBuffer, byteOffset, length)]) {
            pixels.writeTensor(image, order, tensor);
            assert.deepEqual(new Tensor(tensor), expected);
          }
        }),
      );
    });

    it('writeNormalised() gives what the plain function gives, in its own memory and in other', () => {
      const three = (min: number, max: number) => {
        const value = fc.float({ min, max, noNaN: true });
        return fc.tuple(value, value, value);
      };
      fc.assert(
        fc.property(size, seed, isInside, fc.boolean(), three(-300, 300), three(0.25, 300), (model, start, ...rest) => {
          const [inside, reverse, mean, scale] = rest;
          const pixels = create(model);
          const bytes = model.width * model.height * 3;
          const memory = inside ? pixels.allocate(bytes * 4) : new Uint8Array(bytes * 4);
          const tensor = new Float32Array(memory.buffer, memory.byteOffset, bytes);
          const image = { ...model, channels: 3 as const, data: pixels.allocate(bytes) };
          image.data.set(picture(model, 3, start).data);
          const expected = new Float32Array(bytes);
          writeNormalised(image, { reverse, mean, scale }, expected);
          pixels.writeNormalised(image, { reverse, mean, scale }, tensor);
          assert.deepEqual(Float32Array.from(tensor), expected);
        }),
      );
    });

    it('writeNormalised() writes the rows that it is told alone', () => {
      fc.assert(
        fc.property(size, seed, isInside, fc.nat(), fc.nat(), (model, start, inside, a, b) => {
          const [first = 0, last = 0] = [a % (model.height + 1), b % (model.height + 1)].sort((x, y) => x - y);
          const rows = { y: first, height: last - first };
          const pixels = create(model);
          const count = 3 * area(model);
          const { buffer, byteOffset } = inside ? pixels.allocate(4 * count) : new Uint8Array(4 * count);
          const tensor = new Float32Array(buffer, byteOffset, count).fill(-7);
          const image = picture(model, 3, start, pixels.allocate);
          const expected = new Float32Array(count).fill(-7);
          const normalisation = { reverse: true, mean: [1, 2, 3], scale: [255, 3, 7] } as const;
          writeNormalised(image, normalisation, expected, rows);
          assert.equal(expected.filter((value) => value !== -7).length, 3 * rows.height * model.width);
          pixels.writeNormalised(image, normalisation, tensor, rows);
          assert.deepEqual(Float32Array.from(tensor), expected);
        }),
      );
    });

    it('writeNormalised() refuses rows that the picture has not', () => {
      const pixels = create({ width: 4, height: 4 });
      const image = picture({ width: 4, height: 4 }, 3, 1, pixels.allocate);
      const normalisation = { reverse: false, mean: [0, 0, 0], scale: [255, 255, 255] } as const;
      const tensor = new Float32Array(48);
      assert.throws(() => pixels.writeNormalised(image, normalisation, tensor, { y: 2, height: 3 }), RangeError);
    });

    it('fill() fills bytes of its own memory and of other, and nothing behind them', () => {
      const pixels = create({ width: 4, height: 4 });
      const room = pixels.allocate(100);
      pixels.fill(room.subarray(7, 60), 200);
      assert.deepEqual(plainBytes(room), new Uint8Array(100).fill(200, 7, 60));
      const other = new Uint8Array(9);
      pixels.fill(other, 3);
      assert.deepEqual(other, new Uint8Array(9).fill(3));
    });
  });
}
