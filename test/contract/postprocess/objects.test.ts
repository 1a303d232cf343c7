/** Decoding and suppressing of boxes, held to their plain twins on whatever a model may give. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Candidates, createCandidates } from '../../../src/worker/postprocess/candidates.js';
import {
  createChannelDecoder,
  createObjectnessDecoder,
  createRowDecoder,
} from '../../../src/worker/postprocess/decode-yolo.js';
import { createSuppressor } from '../../../src/worker/postprocess/suppress.js';
import { unionArea } from '../../../src/worker/postprocess/union-area.js';
import { seeded } from '../../support/seeded.js';
import { type PlainObject, plainChannels, plainObjectness, plainRows, plainSuppress, plainUnion } from './plain.js';

const CLASSES = 3;
const THRESHOLD = 0.25;
/** Few values, so that ties, equal boxes, NaN and everything above or below the threshold are common. */
const score = fc.oneof(
  fc.constantFrom(0, 0.25, 0.5, 0.5, 0.75, 1, Number.NaN),
  fc.float({ min: 0, max: 1, noNaN: true }),
);
const place = fc.oneof(
  fc.integer({ min: -40, max: 200 }),
  fc.float({ min: -40, max: 200, noNaN: true }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
);
const extent = fc.oneof(fc.integer({ min: 0, max: 80 }), fc.float({ min: 0, max: 80, noNaN: true }));
const sized = (scores: number) =>
  fc.tuple(place, place, extent, extent, ...Array.from({ length: scores }, () => score));
const tables = (scores: number) => fc.array(sized(scores), { maxLength: 60 });
const float32 = (rows: readonly number[][]) => rows.map((row) => [...Float32Array.from(row)]);

function objectsOf({ count, boxes, scores, classes, rows }: Candidates): PlainObject[] {
  return Array.from({ length: count }, (_, i) => ({
    box: [...boxes.subarray(4 * i, 4 * i + 4)] as unknown as PlainObject['box'],
    score: scores[i] ?? 0,
    classNumber: classes[i] ?? -1,
    row: rows[i] ?? -1,
  }));
}

/** What a box is once it has been kept in 32 bits. */
function rounded(objects: readonly PlainObject[]): PlainObject[] {
  return objects.map((object) => ({ ...object, box: object.box.map(Math.fround) as unknown as PlainObject['box'] }));
}

describe('decoding', () => {
  it('of channels gives what the plain twin gives', () => {
    const decode = createChannelDecoder({ classCount: CLASSES, extra: 0, threshold: THRESHOLD });
    const candidates = createCandidates(CLASSES);
    fc.assert(
      fc.property(tables(CLASSES), (table) => {
        const columns = float32(table);
        const values = Float32Array.from({ length: 7 * columns.length }, (_, i) => {
          return columns[i % columns.length]?.[Math.floor(i / columns.length)] ?? 0;
        });
        candidates.clear();
        decode([values], candidates);
        assert.deepEqual(objectsOf(candidates), rounded(plainChannels(columns, CLASSES, THRESHOLD)));
      }),
    );
  });

  it('of channels tells the highest score of each class, below the threshold too', () => {
    const candidates = createCandidates(2);
    // Two boxes: four numbers of place, two classes.
    const values = Float32Array.of(5, 5, 5, 5, 2, 2, 2, 2, 0.125, 0.0625, Number.NaN, 0.5);
    createChannelDecoder({ classCount: 2, extra: 0, threshold: 0.75 })([values], candidates);
    assert.deepEqual([[...candidates.bestScores], candidates.count], [[0.125, 0.5], 0]);
  });

  it('of rows gives what the plain twin gives, whatever stands for a class', () => {
    const decode = createRowDecoder({ rowLength: 6, threshold: THRESHOLD });
    const candidates = createCandidates(CLASSES);
    const row = fc.tuple(place, place, place, place, score, fc.constantFrom(-1, 0, 1, 2, 3, Number.NaN));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (table) => {
        const rows = float32(table);
        candidates.clear();
        decode([Float32Array.from(rows.flat())], candidates);
        assert.deepEqual(objectsOf(candidates), rounded(plainRows(rows, CLASSES, THRESHOLD)));
      }),
    );
  });

  it('of rows with objectness gives what the plain twin gives', () => {
    const decode = createObjectnessDecoder({ classCount: CLASSES, extra: 0, threshold: THRESHOLD });
    const candidates = createCandidates(CLASSES);
    fc.assert(
      fc.property(tables(1 + CLASSES), (table) => {
        const rows = float32(table);
        candidates.clear();
        decode([Float32Array.from(rows.flat())], candidates);
        assert.deepEqual(objectsOf(candidates), rounded(plainObjectness(rows, CLASSES, THRESHOLD)));
      }),
    );
  });

  it('reads an output that is empty, and a shorter one after a longer one', () => {
    const decode = createChannelDecoder({ classCount: 1, extra: 0, threshold: 0 });
    const candidates = createCandidates(1);
    for (const [length, count] of [
      [10, 2],
      [0, 0],
      [5, 1],
    ] as const) {
      candidates.clear();
      decode([new Float32Array(length).fill(0.5)], candidates);
      assert.equal(candidates.count, count);
    }
  });
});

const object = fc
  .record({
    x: place,
    y: place,
    width: extent,
    height: extent,
    score: fc.constantFrom(0.3, 0.5, 0.5, 0.9),
    classNumber: fc.integer({ min: 0, max: 2 }),
  })
  .filter(({ x, y }) => Number.isFinite(x + y));

function fill(candidates: Candidates, objects: readonly PlainObject[]): void {
  candidates.clear();
  for (const { box, score, classNumber, row } of objects) {
    const [left, top, right, bottom] = box;
    candidates.add({ left, top, right, bottom }, score, classNumber, row);
  }
}

const proposals = fc.array(object, { maxLength: 80 }).map((list) =>
  rounded(
    list.map(({ x, y, width, height, score, classNumber }, row) => ({
      box: [x, y, x + width, y + height],
      score: Math.fround(score),
      classNumber,
      row,
    })),
  ),
);
const ALL = { maxCandidates: 30_000, maxObjects: 300 };

describe('suppressing', () => {
  for (const isPerClass of [true, false]) {
    for (const iouThreshold of [undefined, 0, 0.45, 1]) {
      it(`${isPerClass ? 'per class' : 'over all classes'} at ${iouThreshold} gives what the plain twin gives`, () => {
        const suppress = createSuppressor({ iouThreshold, isPerClass, ...ALL });
        const candidates = createCandidates(CLASSES);
        fc.assert(
          fc.property(proposals, (objects) => {
            fill(candidates, objects);
            const { count, candidates: kept, cut } = suppress(candidates);
            const all = objectsOf(candidates);
            const survivors = [...kept.subarray(0, count)].map((i) => all[i]);
            assert.deepEqual([survivors, cut], [plainSuppress(all, { iouThreshold, isPerClass }), 0]);
          }),
        );
      });
    }
  }

  it('does not depend on the order of rows, but for equal scores', () => {
    const suppress = createSuppressor({ iouThreshold: 0.5, isPerClass: true, ...ALL });
    const candidates = createCandidates(CLASSES);
    const distinct = proposals.map((objects) =>
      objects.map((each, i) => ({ ...each, score: Math.fround((i + 1) / 100) })),
    );
    fc.assert(
      fc.property(
        distinct.chain((objects) =>
          fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
        ),
        ([objects, shuffled]) => {
          const [rows, again] = [objects, shuffled].map((list) => {
            fill(candidates, list);
            const { count, candidates: kept } = suppress(candidates);
            return [...kept.subarray(0, count)].map((i) => candidates.rows[i]);
          });
          assert.deepEqual(rows, again);
        },
      ),
    );
  });

  it('of two equal boxes with equal scores keeps the one that comes first', () => {
    const candidates = createCandidates(1);
    const box = { left: 0, top: 0, right: 4, bottom: 4 };
    for (const row of [7, 3]) candidates.add(box, 0.5, 0, row);
    const { count, candidates: kept } = createSuppressor({ iouThreshold: 0.5, isPerClass: true, ...ALL })(candidates);
    assert.deepEqual([count, candidates.rows[kept[0] ?? -1]], [1, 7]);
  });

  for (const [what, limits, count, cut] of [
    ['the best ones alone, and counts the others', { maxCandidates: 3, maxObjects: 300 }, 3, 7],
    ['no more than enough, and counts the others', { maxCandidates: 30_000, maxObjects: 4 }, 4, 6],
    ['all', ALL, 10, 0],
  ] as const) {
    it(`looks at ${what}`, () => {
      const candidates = createCandidates(1);
      for (let i = 0; i < 10; i++) {
        candidates.add({ left: 10 * i, top: 0, right: 10 * i + 5, bottom: 5 }, (i + 1) / 16, 0, i);
      }
      const survivors = createSuppressor({ iouThreshold: 0.5, isPerClass: true, ...limits })(candidates);
      const rows = [...survivors.candidates.subarray(0, survivors.count)].map((i) => candidates.rows[i]);
      assert.deepEqual([rows, survivors.cut], [Array.from({ length: count }, (_, i) => 9 - i), cut]);
    });
  }
});

describe('the area of a union', () => {
  it('is what painting it gives', () => {
    const side = fc.integer({ min: 0, max: 30 });
    const corners = fc.tuple(side, side, side, side).map(([a, b, c, d]) => {
      return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)] as const;
    });
    fc.assert(
      fc.property(fc.array(corners, { maxLength: 20 }), (boxes) => {
        assert.equal(unionArea(Float64Array.from(boxes.flat()), boxes.length), plainUnion(boxes, 31, 31));
      }),
    );
  });
});

/** Boxes of 40 pixels at random places of a 640 × 640 input: neither all kept nor all suppressed. */
function crowd(count: number): PlainObject[] {
  const random = seeded(count);
  return Array.from({ length: count }, (_, row) => {
    const [x, y] = [600 * random(), 600 * random()];
    return { box: [x, y, x + 40, y + 40], score: Math.fround(0.3 + 0.6 * random()), classNumber: row % CLASSES, row };
  });
}

/** The usual double loop over arrays, as one writes it first. */
function doubleLoop(objects: readonly PlainObject[], iouThreshold: number): number {
  const sorted = [...objects].sort((a, b) => b.score - a.score);
  const isGone = new Array<boolean>(sorted.length).fill(false);
  let kept = 0;
  for (let i = 0; i < sorted.length; i++) {
    const a = sorted[i] as PlainObject;
    if (isGone[i]) continue;
    kept++;
    for (let j = i + 1; j < sorted.length; j++) {
      const b = sorted[j] as PlainObject;
      if (isGone[j] || a.classNumber !== b.classNumber) continue;
      const width = Math.max(0, Math.min(a.box[2], b.box[2]) - Math.max(a.box[0], b.box[0]));
      const height = Math.max(0, Math.min(a.box[3], b.box[3]) - Math.max(a.box[1], b.box[1]));
      const areaA = (a.box[2] - a.box[0]) * (a.box[3] - a.box[1]);
      const areaB = (b.box[2] - b.box[0]) * (b.box[3] - b.box[1]);
      if ((width * height) / (areaA + areaB - width * height) > iouThreshold) isGone[j] = true;
    }
  }
  return kept;
}

describe('the cost of suppressing, beside the double loop in the same run', () => {
  for (const [count, most] of [
    [3000, 0.28],
    [100, 1],
  ] as const) {
    it(`of ${count} candidates is at most ${most} of it`, () => {
      const objects = crowd(count);
      const candidates = createCandidates(CLASSES);
      fill(candidates, objects);
      const suppress = createSuppressor({ iouThreshold: 0.7, isPerClass: true, ...ALL });
      const runs = count > 1000 ? 15 : 300;
      const [ours, plain]: [number[], number[]] = [[], []];
      // Turn by turn, and the fastest of each: what else the machine does slows both down, and never makes one faster.
      for (let run = 0; run < runs; run++) {
        ours.push(timed(() => suppress(candidates)));
        plain.push(timed(() => doubleLoop(objects, 0.7)));
      }
      const ratio = Math.min(...ours) / Math.min(...plain);
      assert.ok(ratio <= most, `${ratio.toFixed(3)}`);
    });
  }
});

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
