/** What would go wrong: whoever tries pictures takes every worker, and the line stands still. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../src/domain/inspection.js';
import { createBulkhead, type DryRunQuestion } from '../../../src/requests/bulkhead.js';
import { type Deferred, deferred } from '../../../src/std/promises.js';
import { until } from '../../support/until.js';

const MEASURES = { defect: 1, area: 0.5, largest: 0.5, score: 0.9, regions: [], width: 2, height: 2 };
const INSPECTION: Inspection = {
  id: 'a',
  measures: MEASURES,
  inferenceTimeMs: 3,
  stagesMs: { infer: 2 },
  results: [],
  dryRun: { rules: [{ rule: 'default', matches: true }], picture: { bytes: Buffer.from('Ma'), type: 'image/png' } },
};
const QUESTION: DryRunQuestion = {
  topic: 't',
  payload: new Uint8Array(10),
  user: [],
  dryRun: { render: 'mask' },
};

function setting(share: number) {
  const running: Deferred<Inspection>[] = [];
  const desk = createBulkhead(
    {
      workers: () => ({
        model: 'm@1',
        inspect() {
          const job = deferred<Inspection>();
          running.push(job);
          return job.promise;
        },
      }),
    },
    { share, maxPayloadBytes: 10, render: 'pair' },
  );
  return { desk, running };
}

test('Bulkhead answers with measures, stages, verdicts and the picture', async () => {
  const { desk, running } = setting(1);
  const answer = desk.enter()?.ask(QUESTION);
  await until('it is asked', () => running.length === 1);
  running[0]?.resolve(INSPECTION);
  assert.deepEqual(await answer, {
    id: 'a',
    model: 'm@1',
    ...MEASURES,
    'inference time': 3,
    stages: { infer: 2 },
    rules: [{ rule: 'default', matches: true }],
    render: 'mask',
    contentType: 'image/png',
    afterProcess: 'TWE=',
  });
});

test('Bulkhead inspects only its share at once, the rest in order', async () => {
  const { desk, running } = setting(1);
  const answers = [desk.enter()?.ask(QUESTION), desk.enter()?.ask(QUESTION)];
  await until('the first is asked', () => running.length === 1);
  running[0]?.resolve(INSPECTION);
  await answers[0];
  await until('the second is asked', () => running.length === 2);
  running[1]?.resolve(INSPECTION);
  await answers[1];
});

test('Bulkhead goes on after a picture that failed', async () => {
  const { desk, running } = setting(1);
  const failed = desk.enter()?.ask(QUESTION);
  void desk.enter()?.ask(QUESTION);
  await until('the first is asked', () => running.length === 1);
  running[0]?.resolve(Promise.reject(new Error('broken')) as never);
  await assert.rejects(failed ?? Promise.resolve(), /broken/);
  await until('the second is asked', () => running.length === 2);
});

test('Bulkhead has four places, and a place is free again when it is given back', () => {
  const { desk } = setting(1);
  const places = [1, 2, 3, 4].map(() => desk.enter());
  assert.equal(desk.enter(), undefined);
  places[0]?.[Symbol.dispose]();
  places[0]?.[Symbol.dispose]();
  assert.ok(desk.enter());
  assert.equal(desk.enter(), undefined);
});

test('Bulkhead has no place before there are workers', () => {
  const desk = createBulkhead({ workers: () => undefined }, { share: 1, maxPayloadBytes: 1, render: 'pair' });
  assert.equal(desk.enter(), undefined);
});

test('Bulkhead refuses a payload above the limit without asking a worker', async () => {
  const { desk, running } = setting(1);
  const asked = desk.enter()?.ask({ ...QUESTION, payload: new Uint8Array(11) });
  await assert.rejects(asked ?? Promise.resolve(), { code: 'ERR_PAYLOAD_TOO_LARGE' });
  assert.equal(running.length, 0);
});
