/** What would go wrong: whoever tries pictures takes every worker, and the line stands still. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../src/domain/inspection.js';
import { createBulkhead, type DryRunRequest } from '../../../src/requests/bulkhead.js';
import { type Deferred, deferred } from '../../../src/std/promises.js';
import { anInspection, measuresOf } from '../../support/builders.js';
import { until } from '../../support/until.js';

const MEASURES = measuresOf({ defect: 1, area: 0.5, score: 0.9 });
const INSPECTION = anInspection({
  measures: MEASURES,
  inferenceTimeMs: 3,
  stagesMs: { infer: 2 },
  dryRun: { rules: [{ rule: 'default', matches: true }], picture: { bytes: Buffer.from('Ma'), type: 'image/png' } },
});
const REQUEST: DryRunRequest = {
  topic: 't',
  payload: new Uint8Array(10),
  user: [],
  dryRun: { render: 'mask' },
};

function setting(concurrency: number) {
  const running: Deferred<Inspection>[] = [];
  const bulkhead = createBulkhead(
    {
      workers: () => ({
        inspect() {
          const job = deferred<Inspection>();
          running.push(job);
          return job.promise;
        },
      }),
    },
    { concurrency, maxPayloadBytes: 10, render: 'pair' },
  );
  return { bulkhead, running };
}

test('Bulkhead answers with measures, stages, verdicts and the picture', async () => {
  const { bulkhead, running } = setting(1);
  const answer = bulkhead.tryAcquire()?.inspect(REQUEST);
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

test('Bulkhead inspects only its part of the workers at once, the rest in order', async () => {
  const { bulkhead, running } = setting(1);
  const answers = [bulkhead.tryAcquire()?.inspect(REQUEST), bulkhead.tryAcquire()?.inspect(REQUEST)];
  await until('the first is asked', () => running.length === 1);
  running[0]?.resolve(INSPECTION);
  await answers[0];
  await until('the second is asked', () => running.length === 2);
  running[1]?.resolve(INSPECTION);
  await answers[1];
});

test('Bulkhead goes on after a picture that failed', async () => {
  const { bulkhead, running } = setting(1);
  const failed = bulkhead.tryAcquire()?.inspect(REQUEST);
  void bulkhead.tryAcquire()?.inspect(REQUEST);
  await until('the first is asked', () => running.length === 1);
  running[0]?.resolve(Promise.reject(new Error('broken')) as never);
  await assert.rejects(failed ?? Promise.resolve(), /broken/);
  await until('the second is asked', () => running.length === 2);
});

test('Bulkhead has four permits, and takes one back once', () => {
  const { bulkhead } = setting(1);
  const permits = [1, 2, 3, 4].map(() => bulkhead.tryAcquire());
  assert.equal(bulkhead.tryAcquire(), undefined);
  permits[0]?.[Symbol.dispose]();
  permits[0]?.[Symbol.dispose]();
  assert.ok(bulkhead.tryAcquire());
  assert.equal(bulkhead.tryAcquire(), undefined);
});

test('Bulkhead has no permit before there are workers', () => {
  const bulkhead = createBulkhead({ workers: () => undefined }, { concurrency: 1, maxPayloadBytes: 1, render: 'pair' });
  assert.equal(bulkhead.tryAcquire(), undefined);
});

test('Bulkhead refuses a payload above the limit without asking a worker', async () => {
  const { bulkhead, running } = setting(1);
  const asked = bulkhead.tryAcquire()?.inspect({ ...REQUEST, payload: new Uint8Array(11) });
  await assert.rejects(asked ?? Promise.resolve(), { code: 'ERR_PAYLOAD_TOO_LARGE' });
  assert.equal(running.length, 0);
});
