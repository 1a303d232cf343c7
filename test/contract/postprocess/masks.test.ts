/** Masks computed inside a box alone, held to a twin that computes the whole picture. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FoundObjects, MaskPatch } from '../../../src/worker/postprocess/found-objects.js';
import { createPastedMasks } from '../../../src/worker/postprocess/pasted-masks.js';
import { createPrototypeMasks } from '../../../src/worker/postprocess/prototype-masks.js';
import { createRelativeMasks } from '../../../src/worker/postprocess/relative-masks.js';
import { plainPrototypeMask, plainRelativeMask } from './plain.js';

const INPUT = { width: 24, height: 20 };
const SMALL = { width: 6, height: 5 };
/** One pass of four, and two that are left over. */
const COEFFICIENTS = 6;
const number = fc.float({ min: -4, max: 4, noNaN: true });
/** Also outside of the input, empty, and turned around. */
const edge = fc.oneof(fc.integer({ min: -30, max: 50 }), fc.float({ min: -30, max: 50, noNaN: true }));
const box = fc.tuple(edge, edge, edge, edge);

function objectsOf(boxes: readonly (readonly number[])[]): FoundObjects {
  const count = boxes.length;
  const inputBoxes = Float64Array.from(boxes.flat());
  return {
    count,
    inputBoxes,
    boxes: inputBoxes,
    scores: new Float32Array(count),
    classes: new Int32Array(count),
    rows: Int32Array.from(boxes.keys()),
    maskPixels: new Int32Array(count),
    bestScores: new Float32Array(1),
    cut: 0,
  };
}

function whole({ x, y, width, data }: MaskPatch, patch: MaskPatch): string[] {
  const rows = Array.from({ length: INPUT.height }, () => Array.from({ length: INPUT.width }, () => '.'));
  for (let i = 0; i < width * patch.height; i++) {
    const row = rows[y + Math.floor(i / width)];
    if (row !== undefined && data[i] !== 0) row[x + (i % width)] = '#';
  }
  return rows.map((row) => row.join(''));
}

describe('masks of prototypes', () => {
  it('are those of the whole picture, cut by the box', () => {
    const masks = createPrototypeMasks({
      rows: 0,
      prototypes: 1,
      coefficients: COEFFICIENTS,
      ...SMALL,
      coefficientAt: (row, k) => row * COEFFICIENTS + k,
    });
    const pixels = SMALL.width * SMALL.height;
    const plane = fc.array(number, { minLength: pixels, maxLength: pixels });
    const planes = fc.array(plane, { minLength: COEFFICIENTS, maxLength: COEFFICIENTS });
    const coefficients = fc.array(number, { minLength: COEFFICIENTS, maxLength: COEFFICIENTS });
    fc.assert(
      fc.property(planes, fc.array(fc.tuple(box, coefficients), { minLength: 1, maxLength: 4 }), (values, list) => {
        const outputs = [Float32Array.from(list.flatMap(([, own]) => own)), Float32Array.from(values.flat())];
        const objects = objectsOf(list.map(([each]) => each));
        for (const [index, [each, own]] of list.entries()) {
          const patch = masks.read(objects, index, { outputs, input: INPUT, picture: INPUT });
          const prototypes = { ...SMALL, planes: values.map((one) => Float32Array.from(one)) };
          const rows = whole(patch, patch);
          assert.deepEqual(rows, plainPrototypeMask(prototypes, own, each, INPUT));
          assert.equal(patch.white, rows.join('').replaceAll('.', '').length);
        }
      }),
    );
  });

  it('is empty where a coefficient is no number', () => {
    const masks = createPrototypeMasks({ rows: 0, prototypes: 1, coefficients: 1, ...SMALL, coefficientAt: () => 0 });
    const outputs = [Float32Array.of(Number.NaN), new Float32Array(30).fill(1)];
    const patch = masks.read(objectsOf([[0, 0, 24, 20]]), 0, { outputs, input: INPUT, picture: INPUT });
    assert.ok(whole(patch, patch).every((row) => !row.includes('#')));
  });
});

describe('pasted masks', () => {
  it('are white above the threshold, in the box and its border alone', () => {
    const values = new Float32Array(2 * INPUT.width * INPUT.height).fill(0.75, INPUT.width * INPUT.height);
    const masks = createPastedMasks({ masks: 0, threshold: 0.5 });
    const objects = objectsOf([
      [2, 2, 9, 9],
      [10, 10, 14, 13],
    ]);
    const frame = { outputs: [values], input: INPUT, picture: INPUT };
    const count = (index: number) => {
      const patch = masks.read(objects, index, frame);
      return patch.data.subarray(0, patch.width * patch.height).filter((value) => value !== 0).length;
    };
    assert.deepEqual([count(0), count(1)], [0, 7 * 6]);
  });
});

describe('masks that lie in their boxes', () => {
  const PICTURE = INPUT;
  const threshold = 0.5;
  const probability = fc.oneof(fc.constantFrom(0, 1, 0.25, 0.75), fc.float({ min: 0, max: 1, noNaN: true }));
  /** Also outside of the picture, without an extent, and larger than it. */
  const upright = fc
    .tuple(edge, edge, edge, edge)
    .map(([a, b, c, d]) => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)] as const);

  for (const size of [
    { width: 28, height: 28 },
    { width: 5, height: 3 },
  ]) {
    it(`of ${size.width}×${size.height} are those of the whole picture, whatever row an object came from`, () => {
      const pixels = size.width * size.height;
      const map = fc
        .array(probability, { minLength: pixels, maxLength: pixels })
        .map((values) => [...Float32Array.from(values)]);
      const masks = createRelativeMasks({ masks: 1, ...size, threshold });
      let clear = 0;
      let unclear = 0;
      fc.assert(
        fc.property(fc.array(fc.tuple(upright, map), { minLength: 1, maxLength: 4 }), (list) => {
          const outputs = [new Float32Array(), Float32Array.from(list.flatMap(([, values]) => values).reverse())];
          // The rows of the output stand in the other order, and so do the numbers of each.
          const objects = objectsOf(list.map(([box]) => box));
          objects.rows.reverse();
          for (const [index, [box, values]] of list.entries()) {
            const patch = masks.read(objects, index, { outputs, input: PICTURE, picture: PICTURE });
            const expected = plainRelativeMask({ ...size, values: values.toReversed() }, box, PICTURE, threshold);
            const found = whole(patch, patch).join('');
            for (const [at, pixel] of [...expected.join('')].entries()) {
              if (pixel === '?') unclear++;
              else if (found[at] === pixel) clear++;
              else assert.fail(`pixel ${at % PICTURE.width}, ${Math.floor(at / PICTURE.width)}: ${found[at]}`);
            }
          }
        }),
      );
      assert.ok(unclear < clear / 100, `${unclear} of ${clear} pixels lie at the threshold`);
    });
  }

  it('are empty where nothing is a number, and where nothing is above the threshold', () => {
    for (const value of [Number.NaN, threshold]) {
      const masks = createRelativeMasks({ masks: 0, width: 4, height: 4, threshold });
      const outputs = [new Float32Array(16).fill(value)];
      const patch = masks.read(objectsOf([[2, 2, 12, 12]]), 0, { outputs, input: PICTURE, picture: PICTURE });
      assert.ok(whole(patch, patch).every((row) => !row.includes('#')));
    }
  });

  it('fill their box where everything is above the threshold', () => {
    const masks = createRelativeMasks({ masks: 0, width: 4, height: 4, threshold });
    const outputs = [new Float32Array(16).fill(1)];
    const patch = masks.read(objectsOf([[4, 4, 12, 10]]), 0, { outputs, input: PICTURE, picture: PICTURE });
    const rows = whole(patch, patch);
    assert.ok(rows.slice(5, 10).every((row) => row.slice(5, 12) === '#######'));
  });
});
