import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError, toWire } from '../../../src/std/errors.js';
import {
  fail,
  GRACE_MS,
  JOB_TIMEOUT_MS,
  job,
  poolOnFakeThreads,
  RESTART_DELAY_MS,
  settle,
  thread,
} from './pool-on-fake-threads.js';

describe('Pool.start()', () => {
  it('resolves only when every worker is ready', async () => {
    const { pool, threads } = poolOnFakeThreads(2, { readyAtOnce: false });
    let ready = false;
    const started = pool.start().then(() => {
      ready = true;
    });
    thread(threads, 0).reply({ type: 'ready' });
    await settle();
    assert.equal(ready, false);
    thread(threads, 1).reply({ type: 'ready' });
    await started;
    assert.deepEqual(pool.status(), { starting: 0, idle: 2, busy: 0, failed: 0, abandoned: 0 });
  });

  it('rejects with the error of a worker that is unfit', async () => {
    const { pool, threads } = poolOnFakeThreads(1, { readyAtOnce: false });
    const started = pool.start();
    thread(threads, 0).reply({
      type: 'could-not-start',
      error: toWire(new ServiceError('ERR_SELF_TEST', 'wrong answer')),
    });
    await assert.rejects(started, { code: 'ERR_SELF_TEST', message: 'wrong answer' });
    await pool.close();
  });

  it('tries an unfit worker again after its back-off', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = poolOnFakeThreads(1, { readyAtOnce: false });
    const started = pool.start();
    thread(threads, 0).reply({ type: 'could-not-start', error: toWire(new Error('no model')) });
    await assert.rejects(started);
    assert.equal(pool.status().failed, 1);
    context.mock.timers.tick(RESTART_DELAY_MS);
    await settle();
    thread(threads, 1).reply({ type: 'ready' });
    assert.equal(pool.status().idle, 1);
  });
});

describe('Pool.close()', () => {
  it('rejects waiting and running jobs and ends every thread', async () => {
    const { pool } = poolOnFakeThreads(1);
    await pool.start();
    const running = pool.run(job('a'));
    const waiting = pool.run(job('b'));
    const outcomes = Promise.allSettled([running, waiting]);
    assert.equal(await pool.close(), 0);
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await assert.rejects(pool.run(job('c')), /closed/);
  });

  it('counts a thread that was cut, but has not ended', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool } = poolOnFakeThreads(1, { terminates: false });
    await pool.start();
    pool.run(job('a')).catch(() => undefined);
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    const held = pool.close();
    await settle();
    context.mock.timers.tick(GRACE_MS);
    assert.equal(await held, 1);
  });

  it('rejects a second try that waits for its fresh worker', async () => {
    const { pool, threads } = poolOnFakeThreads(1, { readyAtOnce: false });
    const started = pool.start();
    thread(threads, 0).reply({ type: 'ready' });
    await started;
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_INFERENCE');
    const outcome = assert.rejects(result, /closed/);
    await pool.close();
    await outcome;
  });

  it('never terminates a thread of an engine that would abort the process', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = poolOnFakeThreads(1, { stops: false }, { canTerminate: false });
    await pool.start();
    const held = pool.close();
    context.mock.timers.tick(GRACE_MS);
    assert.deepEqual([await held, thread(threads, 0).terminated], [1, false]);
  });
});
