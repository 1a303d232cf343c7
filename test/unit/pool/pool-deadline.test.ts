import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  atDeadline,
  GRACE_MS,
  inspected,
  JOB_TIMEOUT_MS,
  job,
  poolOnFakeThreads,
  settle,
  succeed,
  thread,
} from './pool-on-fake-threads.js';

describe('Pool deadline', () => {
  it('cuts a job that takes longer than the time-out and tries it once more', async (context) => {
    const { threads, result } = await atDeadline(context);
    assert.equal(thread(threads, 0).terminated, true);
    assert.deepEqual(inspected(thread(threads, 1)), ['a']);
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    await assert.rejects(result, { code: 'ERR_JOB_TIMEOUT' });
  });

  it('does not count the time in the queue', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const first = pool.run(job('a'));
    const second = pool.run(job('b'));
    context.mock.timers.tick(JOB_TIMEOUT_MS - 1);
    succeed(thread(threads, 0));
    context.mock.timers.tick(JOB_TIMEOUT_MS - 1);
    succeed(thread(threads, 0));
    await Promise.all([first, second]);
  });

  it('abandons a thread that native code holds and goes on with a new one', async (context) => {
    const { threads, events, result } = await atDeadline(context, { terminates: false });
    context.mock.timers.tick(GRACE_MS);
    await settle();
    assert.deepEqual(events, ['restart ERR_JOB_TIMEOUT', 'abandoned 1']);
    succeed(thread(threads, 1));
    await result;
  });

  it('takes an abandoned thread off the books when its native call comes back', async (context) => {
    const { pool, threads, events, result } = await atDeadline(context, { terminates: false });
    context.mock.timers.tick(GRACE_MS);
    await settle();
    thread(threads, 0).end();
    await settle();
    assert.deepEqual(events.slice(1), ['abandoned 1', 'abandoned 0']);
    assert.equal(pool.status().abandoned, 0);
    succeed(thread(threads, 1));
    await result;
  });

  it('never terminates a thread of an engine that would abort the process', async (context) => {
    const { threads, result } = await atDeadline(context, {}, { canTerminate: false });
    assert.equal(thread(threads, 0).terminated, false);
    succeed(thread(threads, 1));
    await result;
  });
});
