/** Probabilities and chosen classes, held to plain twins. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  chooseByHierarchy,
  chooseEach,
  chooseMostProbable,
  readHierarchy,
  readProbabilities,
} from '../../../src/worker/postprocess/classification.js';

const logit = fc.oneof(fc.constantFrom(0, 1, 0.5, -20, 20), fc.float({ min: -20, max: 20, noNaN: true }));
const logits = fc.array(logit, { minLength: 1, maxLength: 8 }).map((values) => Float32Array.from(values));

function plainSoftmax(values: ArrayLike<number>): number[] {
  const powers = Array.from(values, (value) => Math.exp(value));
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
}

const plainSigmoid = (value: number) => 1 / (1 + Math.exp(-value));

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) assert.ok(Math.abs((actual[i] ?? 0) - (expected[i] ?? 0)) < 1e-6);
}

describe('probabilities', () => {
  it('are a softmax where the numbers are none yet, and the numbers where they are', () => {
    fc.assert(
      fc.property(logits, (values) => {
        const [out, again] = [new Float32Array(values.length), new Float32Array(values.length)];
        readProbabilities(values, 'softmax', out);
        assertNear(out, plainSoftmax(values));
        readProbabilities(out, 'seen', again);
        assertNear(again, out);
      }),
    );
  });

  it('are seen to be none where one is outside of 0 to 1 or they do not add up to 1', () => {
    for (const values of [
      [0.5, 0.6],
      [1.5, -0.5],
      [1, 1],
    ]) {
      const out = new Float32Array(2);
      readProbabilities(Float32Array.from(values), 'seen', out);
      assertNear(out, plainSoftmax(Float32Array.from(values)));
    }
  });

  it('are a sigmoid of several labels', () => {
    fc.assert(
      fc.property(logits, (values) => {
        const out = new Float32Array(values.length);
        readProbabilities(values, 'sigmoid', out);
        assertNear(out, Array.from(values, plainSigmoid));
      }),
    );
  });
});

describe('classes', () => {
  it('are the first of the largest, if it is above the threshold', () => {
    fc.assert(
      fc.property(logits, fc.constantFrom(0, 0.5, 1), (values, threshold) => {
        const out = new Uint8Array(values.length);
        chooseMostProbable(threshold)(values, out);
        const best = values.indexOf(Math.max(...values));
        const expected = Array.from(values, (value, i) => (i === best && value > threshold ? 1 : 0));
        assert.deepEqual([...out], expected);
      }),
    );
  });

  it('are none where no number is one', () => {
    const out = Uint8Array.of(1, 1);
    chooseMostProbable(0)(Float32Array.of(Number.NaN, Number.NaN), out);
    assert.deepEqual([...out], [0, 0]);
  });

  it('are each that is above the threshold', () => {
    const out = new Uint8Array(3);
    chooseEach(0.5)(Float32Array.of(0.5, 0.75, Number.NaN), out);
    assert.deepEqual([...out], [0, 1, 0]);
  });
});

describe('classes of a hierarchy', () => {
  // ok | defect; of defects scratch | dent; oily by itself. The output has dent before scratch.
  const hierarchy = {
    groups: [
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ],
    multilabelFrom: 4,
    classOf: [1, 0, 3, 2, 4],
    parents: [-1, -1, 1, 1, -1],
  };
  const [OK, DEFECT, SCRATCH, DENT, OILY] = [0, 1, 2, 3, 4];

  it('have a softmax for each group, a sigmoid for single labels, by class number', () => {
    const out = new Float32Array(5);
    readHierarchy(Float32Array.of(2, 1, 0, 3, -1), hierarchy, out);
    const [defect, ok] = plainSoftmax([2, 1]);
    const [dent, scratch] = plainSoftmax([0, 3]);
    assertNear(out, [ok ?? 0, defect ?? 0, scratch ?? 0, dent ?? 0, plainSigmoid(-1)]);
  });

  for (const [what, values, expected] of [
    ['a class and the one above it', [2, 1, 0, 3, 1], [DEFECT, SCRATCH, OILY]],
    ['no class whose parent does not hold', [1, 2, 0, 3, -1], [OK]],
    ['the other one of a group', [2, 1, 3, 0, -1], [DEFECT, DENT]],
  ] as const) {
    it(`hold ${what}`, () => {
      const [probabilities, out] = [new Float32Array(5), new Uint8Array(5)];
      readHierarchy(Float32Array.from(values), hierarchy, probabilities);
      chooseByHierarchy(hierarchy, 0.5)(probabilities, out);
      assert.deepEqual(
        [...out].flatMap((holds, i) => (holds === 1 ? [i] : [])),
        expected,
      );
    });
  }
});
