import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { InferRequest } from '../../../src/engine/engine.js';
import type { TaskPlan } from '../../../src/model/task-plan.js';
import type { Prediction } from '../../../src/worker/prediction.js';
import { assertSteady, type SelfTestParts, selfTest } from '../../../src/worker/self-test.js';
import { measuresOf } from '../../support/builders.js';

const WIDTH = 10;
const HEIGHT = 10;
/** A letterbox: the picture covers the five rows in the middle. */
const CONTENT = { x: 0, y: 2, width: WIDTH, height: 5 };

/** Of `whitePixels` white pixels, in precision bf16, where 20 are expected. */
async function selfTestWith(whitePixels: number): Promise<void> {
  const mask = new Uint8Array(WIDTH * HEIGHT).fill(255, WIDTH * CONTENT.y, WIDTH * CONTENT.y + whitePixels);
  const area = whitePixels / (CONTENT.width * CONTENT.height);
  const image = { width: WIDTH, height: HEIGHT, channels: 3, data: new Uint8Array(3 * WIDTH * HEIGHT) } as const;
  const prediction: Prediction = {
    task: 'segmentation',
    measures: measuresOf({ defect: 1, area, largest: area, score: 1, width: 20, height: 10 }),
    picture: image,
    wholePicture: () => image,
    resized: image,
    mask,
    classMasks: undefined,
    seen: { x: 0, y: 0, width: 20, height: 10 },
    content: CONTENT,
  };
  const parts = {
    inspector: { inspectPicture: async () => ({ prediction, inferenceTimeMs: 1, stagesMs: {} }) },
    precision: 'bf16',
    spec: { picture: fileURLToPath(import.meta.url), defect: 1, maskSha256: '', whitePixels: 20 },
  } as unknown as SelfTestParts;
  await selfTest(parts, 'throughput');
}

describe('selfTest() in another precision than f32', () => {
  it('counts white pixels of the whole mask, as they were recorded, where the picture covers a part of it', async () =>
    await selfTestWith(20));
  it('takes up to 2 % of the mask’s pixels more or less', async () => {
    await selfTestWith(18);
    await selfTestWith(22);
  });
  for (const whitePixels of [17, 23]) {
    it(`refuses ${whitePixels} white pixels of 100 where 20 are right`, async () =>
      await assert.rejects(selfTestWith(whitePixels), {
        code: 'ERR_SELF_TEST',
        details: {
          expected: 'about 20 white pixels (precision bf16)',
          found: `${whitePixels}`,
          picture: fileURLToPath(import.meta.url),
        },
      }));
  }
});

describe('selfTest() of a task whose mask does not say all', () => {
  /** A classifier gives 0.7 and 0.3. */
  async function selfTestOf(spec: object, precision: string): Promise<void> {
    const image = { width: 1, height: 1, channels: 3, data: new Uint8Array(3) } as const;
    const prediction = {
      task: 'classification',
      measures: measuresOf({ defect: 1, score: 0.7, classes: { dent: 0.7, good: 0.3 } }),
      resized: image,
      mask: new Uint8Array(1),
    };
    const inspector = { inspectPicture: async () => ({ prediction, inferenceTimeMs: 1, stagesMs: {} }) };
    const maskSha256 = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'; // of one byte 0
    const whole = { picture: fileURLToPath(import.meta.url), defect: 1, maskSha256, whitePixels: 0, ...spec };
    await selfTest({ inspector, precision, spec: whole } as unknown as SelfTestParts, 'throughput');
  }

  it('takes scores within 0.001 in f32, within 0.1 in other precisions', async () => {
    await selfTestOf({ score: 0.7009, classes: { dent: 0.6991, good: 0.3 } }, 'f32');
    await selfTestOf({ score: 0.61, classes: { dent: 0.79 } }, 'bf16');
  });
  for (const [spec, found, precision] of [
    [{ score: 0.702 }, '0.7', 'f32'],
    [{ classes: { dent: 0.7, good: 0.302 } }, '0.3', 'f32'],
    [{ classes: { scratch: 0.1 } }, 'none', 'f32'],
    [{ score: 0.85 }, '0.7', 'bf16'],
  ] as const) {
    it(`refuses ${found} where ${JSON.stringify(spec)} is right in ${precision}`, async () =>
      await assert.rejects(selfTestOf(spec, precision), (error: { code: string; details: { found: string } }) => {
        assert.deepEqual([error.code, error.details.found], ['ERR_SELF_TEST', found]);
        return true;
      }));
  }
});

describe('assertSteady() without a picture of the model’s own', () => {
  const requestOf = (...outputs: readonly number[]) =>
    ({
      input: new Uint8Array(3),
      outputs: outputs.map((value) => Float32Array.of(value)),
      infer: () => undefined,
    }) as unknown as InferRequest;
  for (const [task, mayBeAny] of [
    ['segmentation', false],
    ['detection', true],
    ['instance-segmentation', true],
    ['classification', false],
    ['anomaly-score', false],
  ] as const) {
    const plan = { task, output: 0 } as unknown as TaskPlan;
    it(`${mayBeAny ? 'takes' : 'refuses'} NaN in what is read of ${task}`, () => {
      const test = () => assertSteady(requestOf(Number.NaN, 1), 'throughput', plan);
      if (mayBeAny) test();
      else assert.throws(test, { code: 'ERR_SELF_TEST' });
    });
  }

  for (const task of ['classification', 'anomaly-score']) {
    it(`takes NaN in an output that ${task} does not read`, () =>
      assertSteady(requestOf(1, Number.NaN), 'throughput', { task, output: 0 } as unknown as TaskPlan));
  }
});
