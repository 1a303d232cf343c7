/** What would go wrong: an engine that errs is trusted, or a right one is not. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { it } from 'node:test';
import { DEFAULT_SETTINGS } from '../../../src/model/settings.js';
import type { SelfTestSpec } from '../../../src/model/spec.js';
import type { TaskPlan } from '../../../src/model/task-plan.js';
import type { Inspector } from '../../../src/worker/inspect.js';
import { selfTest } from '../../../src/worker/self-test.js';
import { measuresOf } from '../../support/builders.js';
import { TEST_MODEL } from '../../support/engine/test-model.js';

const MASK = Uint8Array.of(255, 0, 255, 0);
const SPEC: SelfTestSpec = {
  picture: join(TEST_MODEL, 'model.xml'), // is there, and read by nobody
  defect: 3,
  defects: { crack: 1, break: 2 },
  maskSha256: createHash('sha256').update(MASK).digest('hex'),
  whitePixels: 2,
};

/** The self-test of an engine that always finds the same. */
function test(spec: Partial<SelfTestSpec>) {
  const prediction = {
    task: 'segmentation',
    measures: measuresOf({ defect: 3, defects: { crack: 1, break: 2 }, area: 0.5, score: 1, width: 2, height: 2 }),
    picture: { width: 2, height: 2 },
    wholePicture: () => assert.fail(),
    resized: { width: 2, height: 2, channels: 3, data: new Uint8Array(12) },
    mask: MASK,
    classMasks: undefined,
    seen: { x: 0, y: 0, width: 2, height: 2 },
    content: { x: 0, y: 0, width: 2, height: 2 },
  } as const;
  const inspector: Inspector = {
    inspect: () => assert.fail(),
    inspectPicture: async () => ({ prediction, inferenceTimeMs: 0, stagesMs: {} }),
    renderPair: () => assert.fail(),
    renderOverlay: () => assert.fail(),
  };
  const request = { input: new Uint8Array(), outputs: [], infer: () => assert.fail(), close: () => undefined };
  const plan: TaskPlan = { task: 'segmentation', settings: DEFAULT_SETTINGS };
  return selfTest({ inspector, request, plan, precision: 'f32', spec: { ...SPEC, ...spec } }, 'throughput');
}

it('selfTest() takes what is named for right, whatever the order of the classes', async () => {
  for (const defects of [
    { crack: 1, break: 2 },
    { break: 2, crack: 1 },
  ]) {
    assert.equal((await test({ defects }))?.masks[0]?.contours, 3);
  }
});

for (const [what, spec] of Object.entries<Partial<SelfTestSpec>>({
  'count of contours': { defect: 2 },
  'count of a class': { defects: { crack: 2, break: 1 } },
  'class that the model has not': { defects: { crack: 1, break: 2, hole: 0 } },
  mask: { maskSha256: '0'.repeat(64) },
  'picture that is not there': { picture: join(TEST_MODEL, 'nowhere.jpg') },
})) {
  it(`selfTest() refuses another ${what}`, async () => {
    await assert.rejects(test(spec), { code: 'ERR_SELF_TEST' });
  });
}
