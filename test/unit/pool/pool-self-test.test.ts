import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  fail,
  inspected,
  job,
  KEY,
  lastId,
  poolOnFakeThreads,
  settle,
  succeed,
  thread,
} from './pool-on-fake-threads.js';

describe('Pool.selfTest()', () => {
  it('resolves when a worker passed it and rejects when it did not', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const passed = pool.selfTest(KEY);
    thread(threads, 0).reply({ type: 'self-tested', id: lastId(thread(threads, 0)) });
    assert.equal(await passed, undefined);
    const failed = pool.selfTest(KEY);
    fail(thread(threads, 0), 'ERR_SELF_TEST');
    await assert.rejects(failed, { code: 'ERR_SELF_TEST' });
  });
});

describe('Pool.selfTest() that fails', () => {
  it('has the worker replaced, and what waits inspected by its successor', async () => {
    const { pool, threads, events } = poolOnFakeThreads(1);
    await pool.start();
    const failed = pool.selfTest(KEY);
    const waiting = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_SELF_TEST');
    await assert.rejects(failed, { code: 'ERR_SELF_TEST' });
    await settle();
    assert.deepEqual([events, inspected(thread(threads, 0))], [['restart ERR_SELF_TEST'], []]);
    succeed(thread(threads, 1));
    await waiting;
  });
});

describe('Pool.selfTest() of a model with a picture', () => {
  it('resolves to the masks that the worker counted', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const passed = pool.selfTest(KEY);
    const counted = { width: 1, height: 1, masks: [{ name: 'the whole mask', mask: Uint8Array.of(255), contours: 1 }] };
    thread(threads, 0).reply({ type: 'self-tested', id: lastId(thread(threads, 0)), counted });
    assert.deepEqual(await passed, counted);
  });
});
