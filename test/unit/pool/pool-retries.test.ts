import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toWire } from '../../../src/std/errors.js';
import { fail, inspected, job, poolOnFakeThreads, settle, succeed, thread } from './pool-on-fake-threads.js';

describe('Pool.run() of a job that fails', () => {
  it("reports a message's own fault at once, on the same worker", async () => {
    const { pool, threads, events } = poolOnFakeThreads(1);
    await pool.start();
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_IMAGE_DECODE');
    await assert.rejects(result, { code: 'ERR_IMAGE_DECODE' });
    assert.deepEqual(events, []);
    assert.equal(pool.status().idle, 1);
  });

  it('tries an inference error once more, on a fresh worker', async () => {
    const { pool, threads, events } = poolOnFakeThreads(1);
    await pool.start();
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_INFERENCE');
    await settle();
    assert.deepEqual(inspected(thread(threads, 1)), ['a']);
    succeed(thread(threads, 1));
    await result;
    assert.deepEqual(events, ['restart ERR_INFERENCE']);
  });

  it('rejects when the second try fails too', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_INFERENCE');
    await settle();
    fail(thread(threads, 1), 'ERR_INFERENCE');
    await assert.rejects(result, { code: 'ERR_INFERENCE' });
  });

  it('gives the job of a dead worker to the replacement and leaves the others alone', async () => {
    const { pool, threads, events } = poolOnFakeThreads(2);
    await pool.start();
    const first = pool.run(job('culprit'));
    const second = pool.run(job('bystander'));
    thread(threads, 0).end(new Error('out of memory'));
    await settle();
    assert.deepEqual(inspected(thread(threads, 2)), ['culprit']);
    succeed(thread(threads, 1));
    succeed(thread(threads, 2));
    await Promise.all([first, second]);
    assert.deepEqual(inspected(thread(threads, 1)), ['bystander']);
    assert.deepEqual(events, ['restart ERR_WORKER_EXITED']);
  });

  it('says ERR_WORKER_EXITED when the second worker dies too', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const result = pool.run(job('a'));
    thread(threads, 0).end(new Error('boom'));
    await settle();
    thread(threads, 1).end(new Error('boom'));
    await assert.rejects(result, { code: 'ERR_WORKER_EXITED', message: /boom/ });
  });

  it('keeps the payload of the caller whole for the second try', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const payload = Buffer.from('bytes');
    const result = pool.run({ ...job(''), payload });
    thread(threads, 0).end(new Error('boom'));
    await settle();
    assert.equal(payload.toString(), 'bytes');
    succeed(thread(threads, 1));
    await result;
  });

  it('lets another worker take the second try when the replacement cannot start', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = poolOnFakeThreads(2, { readyAtOnce: false });
    const started = pool.start();
    thread(threads, 0).reply({ type: 'ready' });
    thread(threads, 1).reply({ type: 'ready' });
    await started;
    const result = pool.run(job('a'));
    thread(threads, 0).end(new Error('boom'));
    await settle();
    thread(threads, 2).reply({ type: 'could-not-start', error: toWire(new Error('model is gone')) });
    assert.deepEqual(inspected(thread(threads, 1)), ['a']);
    succeed(thread(threads, 1));
    await result;
  });
});
