import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  fail,
  GRACE_MS,
  inspected,
  job,
  poolOnFakeThreads,
  START_TIMEOUT_MS,
  settle,
  succeed,
  thread,
} from './pool-on-fake-threads.js';

describe('Pool, a worker that does not become ready in time', () => {
  it('rejects the first start', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = poolOnFakeThreads(1, { readyAtOnce: false });
    const started = pool.start();
    await settle();
    context.mock.timers.tick(START_TIMEOUT_MS);
    await assert.rejects(started, { code: 'ERR_MODEL_LOAD' });
    assert.equal(thread(threads, 0).terminated, true);
  });

  it('leaves the second try that was kept for it to another one', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = poolOnFakeThreads(2, { readyAtOnce: false });
    const started = pool.start();
    await settle();
    for (const index of [0, 1]) thread(threads, index).reply({ type: 'ready' });
    await started;
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_INFERENCE');
    await settle();
    context.mock.timers.tick(START_TIMEOUT_MS);
    assert.deepEqual(inspected(thread(threads, 1)), ['a']);
    succeed(thread(threads, 1));
    await result;
    assert.equal(pool.status().failed, 1);
  });

  it('counts a thread as abandoned that native code holds', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, events } = poolOnFakeThreads(1, { readyAtOnce: false, terminates: false, stops: false });
    const started = pool.start();
    await settle();
    context.mock.timers.tick(START_TIMEOUT_MS);
    await assert.rejects(started);
    context.mock.timers.tick(GRACE_MS);
    await settle();
    assert.equal(events.at(-1), 'abandoned 1');
  });

  it('has no deadline any more once it is ready', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, events } = poolOnFakeThreads(1);
    await pool.start();
    context.mock.timers.tick(START_TIMEOUT_MS);
    await settle();
    assert.deepEqual(events, []);
  });
});
