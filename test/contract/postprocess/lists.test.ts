/** Outputs that are lists of boxes, held to their plain twins: ties, NaN, empty, all above or below the threshold, boxes outside. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createCandidates } from '../../../src/worker/postprocess/candidates.js';
import {
  createBoxListDecoder,
  createDetectionOutputDecoder,
  createQueryDecoder,
  createSoftmaxQueryDecoder,
} from '../../../src/worker/postprocess/decode-boxes.js';
import { createGridDecoder, type Decoder } from '../../../src/worker/postprocess/decode-yolo.js';
import type { PlainObject } from './plain.js';
import {
  plainBest,
  plainCells,
  plainChosen,
  plainDetectionOutput,
  plainGrid,
  plainLists,
  plainMostProbable,
  plainQueries,
  plainSoftmaxQueries,
} from './plain-lists.js';

const CLASSES = 3;
const THRESHOLD = 0.25;
const INPUT = { width: 72, height: 40 };
const score = fc.oneof(fc.constantFrom(0, 0.25, 0.5, 0.5, 1, Number.NaN), fc.float({ min: 0, max: 1, noNaN: true }));
/** Of a box in 0 to 1, also outside, and no number. */
const part = fc.oneof(
  fc.constantFrom(0, 0.5, 1, -0.25, 1.5, Number.NaN, Number.POSITIVE_INFINITY),
  fc.float({ min: -1, max: 2, noNaN: true }),
);
const box = fc.tuple(part, part, part, part);
/** Classes with a name, the background, and those that nobody named. */
const label = fc.integer({ min: -1, max: CLASSES + 1 });
const listed = fc.array(fc.record({ box, label, score }), { maxLength: 40 }).map((rows) => ({
  boxes: rows.map((row) => in32Bits(row.box)),
  labels: rows.map((row) => row.label),
  scores: in32Bits(rows.map((row) => row.score)),
}));

function in32Bits(values: readonly number[]): number[] {
  return [...Float32Array.from(values)];
}

function flat(rows: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from(rows.flat());
}

/** What is chosen, and the highest score of each class; the same decoder reads one picture after another. */
function createCheck(decode: Decoder): (outputs: readonly Float32Array[], proposals: readonly PlainObject[]) => void {
  const candidates = createCandidates(CLASSES);
  return (outputs, proposals) => {
    candidates.clear();
    decode(outputs, candidates);
    const { count, boxes, scores, classes, rows, bestScores } = candidates;
    const chosen = Array.from({ length: count }, (_, i) => ({
      box: [...boxes.subarray(4 * i, 4 * i + 4)],
      score: scores[i],
      classNumber: classes[i],
      row: rows[i],
    }));
    assert.deepEqual(chosen, plainChosen(proposals, THRESHOLD, CLASSES));
    assert.deepEqual([...bestScores], plainBest(proposals, CLASSES));
  };
}

describe('decoding gives what the plain twin gives', () => {
  for (const firstLabel of [0, 1]) {
    it(`of boxes, labels and scores, the first label being ${firstLabel}`, () => {
      const places = { boxes: 0, labels: 1, scores: 2 };
      const scale = { scaleX: INPUT.width, scaleY: INPUT.height };
      const check = createCheck(createBoxListDecoder({ ...places, ...scale, firstLabel, threshold: THRESHOLD }));
      fc.assert(
        fc.property(listed, (lists) => {
          const outputs = [flat(lists.boxes), Float32Array.from(lists.labels), Float32Array.from(lists.scores)];
          check(outputs, plainLists(lists, INPUT, firstLabel));
        }),
      );
    });

    it(`of boxes with their score in the fifth column, the first label being ${firstLabel}`, () => {
      const places = { boxes: 1, labels: 0, scores: undefined };
      const check = createCheck(
        createBoxListDecoder({ ...places, scaleX: 1, scaleY: 1, firstLabel, threshold: THRESHOLD }),
      );
      fc.assert(
        fc.property(listed, (lists) => {
          const rows = lists.boxes.map((each, row) => [...each, lists.scores[row] ?? 0]);
          const outputs = [Float32Array.from(lists.labels), flat(rows)];
          check(outputs, plainLists(lists, { width: 1, height: 1 }, firstLabel));
        }),
      );
    });

    it(`of DetectionOutput up to the end of its list, the first label being ${firstLabel}`, () => {
      const check = createCheck(createDetectionOutputDecoder({ ...INPUT, firstLabel, threshold: THRESHOLD }));
      const picture = fc.constantFrom(0, 0, 0, 0, 0, 0, 0, -1);
      const row = fc.tuple(picture, label, score, part, part, part, part).map(in32Bits);
      fc.assert(
        fc.property(fc.array(row, { maxLength: 40 }), (rows) =>
          check([flat(rows)], plainDetectionOutput(rows, INPUT, firstLabel)),
        ),
      );
    });
  }

  it('of queries, every pair of query and class', () => {
    const layout = { boxes: 0, logits: 1, classCount: CLASSES, ...INPUT, threshold: THRESHOLD };
    const check = createCheck(createQueryDecoder(layout));
    const logit = fc.oneof(
      fc.constantFrom(0, -1.0986123, -200, 200, Number.NaN, Number.NEGATIVE_INFINITY),
      fc.float({ min: -8, max: 8, noNaN: true }),
    );
    const query = fc.tuple(part, part, part, part, logit, logit, logit).map(in32Bits);
    fc.assert(
      fc.property(fc.array(query, { maxLength: 30 }), (queries) => {
        const outputs = [flat(queries.map((each) => each.slice(0, 4))), flat(queries.map((each) => each.slice(4)))];
        check(outputs, plainQueries(queries, INPUT));
      }),
    );
  });

  it('of queries with a softmax, the most probable class of each that is no “no object”', () => {
    const layout = { boxes: 0, logits: 1, classCount: CLASSES, ...INPUT, threshold: 0.4 };
    const decode = createSoftmaxQueryDecoder(layout);
    const logit = fc.oneof(fc.constantFrom(0, 1, -200, 200, Number.NaN), fc.float({ min: -3, max: 3, noNaN: true }));
    const query = fc.tuple(part, part, part, part, logit, logit, logit, logit).map(in32Bits);
    fc.assert(
      fc.property(fc.array(query, { maxLength: 30 }), (queries) => {
        const outputs = [flat(queries.map((each) => each.slice(0, 4))), flat(queries.map((each) => each.slice(4)))];
        const candidates = createCandidates(CLASSES);
        decode(outputs, candidates);
        const { count, scores, classes, rows, boxes, bestScores } = candidates;
        const actual = Array.from({ length: count }, (_, i) => ({
          box: [...boxes.subarray(4 * i, 4 * i + 4)],
          score: scores[i],
          classNumber: classes[i],
          row: rows[i],
        }));
        const all = plainSoftmaxQueries(queries, INPUT);
        assert.deepEqual(actual, plainMostProbable(all, 0.4));
        assert.deepEqual([...bestScores], plainBest(all, CLASSES));
      }),
    );
  });

  it('of YOLOX’s cells, also of an input that no stride divides', () => {
    const check = createCheck(createGridDecoder({ classCount: CLASSES, ...INPUT, threshold: THRESHOLD }));
    const cells = plainCells(INPUT).length;
    // The exponential of 200 is no number of 32 bits.
    const size = fc.oneof(fc.constantFrom(0, 200, Number.NaN), fc.float({ min: -3, max: 4, noNaN: true }));
    const row = fc.tuple(part, part, size, size, score, score, score, score).map(in32Bits);
    fc.assert(
      fc.property(fc.array(row, { minLength: cells, maxLength: cells }), (rows) =>
        check([flat(rows)], plainGrid(rows, INPUT)),
      ),
    );
  });

  it('reads outputs that are empty or missing', () => {
    const threshold = THRESHOLD;
    const lists = { boxes: 0, labels: 1, scores: 2, scaleX: 1, scaleY: 1, firstLabel: 0, threshold };
    for (const decode of [
      createBoxListDecoder(lists),
      createDetectionOutputDecoder({ ...INPUT, firstLabel: 0, threshold }),
      createQueryDecoder({ boxes: 0, logits: 1, classCount: CLASSES, ...INPUT, threshold }),
      createSoftmaxQueryDecoder({ boxes: 0, logits: 1, classCount: CLASSES, ...INPUT, threshold }),
      createGridDecoder({ classCount: CLASSES, ...INPUT, threshold }),
    ]) {
      for (const outputs of [[], Array.from({ length: 3 }, () => new Float32Array())]) createCheck(decode)(outputs, []);
    }
  });
});
