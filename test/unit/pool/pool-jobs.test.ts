import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspected, inspection, job, poolOnFakeThreads, settle, succeed, thread } from './pool-on-fake-threads.js';

describe('Pool.run()', () => {
  it('resolves to the inspection with its queue time', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const result = pool.run(job('a'));
    succeed(thread(threads, 0));
    const { release, stagesMs, ...rest } = await result;
    const { queue, ...others } = stagesMs;
    assert.deepEqual({ ...rest, stagesMs: others }, inspection);
    assert.ok((queue ?? -1) >= 0);
    assert.equal(typeof release, 'function');
  });

  it('gives a worker one job at a time, first come first served', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const results = [pool.run(job('a')), pool.run(job('b')), pool.run(job('c'))];
    const only = thread(threads, 0);
    assert.deepEqual(inspected(only), ['a']);
    succeed(only);
    assert.deepEqual(inspected(only), ['a', 'b']);
    succeed(only);
    succeed(only);
    await Promise.all(results);
    assert.deepEqual(inspected(only), ['a', 'b', 'c']);
  });

  it('calls onStart when a worker gets the job, not before', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const events: string[] = [];
    const results = ['a', 'b'].map((text) => pool.run(job(text), () => events.push(text)));
    assert.deepEqual(events, ['a']);
    succeed(thread(threads, 0));
    assert.deepEqual(events, ['a', 'b']);
    succeed(thread(threads, 0));
    await Promise.all(results);
  });

  it('gives the worker the next job when onStart throws', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const first = pool.run(job('a'));
    const late = pool.run(job('b'), () => {
      throw new Error('too late');
    });
    const last = pool.run(job('c'));
    const isLate = assert.rejects(late, /too late/);
    succeed(thread(threads, 0));
    await isLate;
    assert.deepEqual(inspected(thread(threads, 0)), ['a', 'c']);
    succeed(thread(threads, 0));
    await Promise.all([first, last]);
  });

  it('tells a worker with its next job which of its payloads are not read any more', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const only = thread(threads, 0);
    const results = ['a', 'b', 'c'].map((text) => pool.run(job(text)));
    for (const _ of results) succeed(only);
    const [a, , c] = await Promise.all(results);
    a?.release?.();
    c?.release?.();
    const others = ['d', 'e'].map((text) => pool.run(job(text)));
    succeed(only);
    succeed(only);
    await Promise.all(others);
    const ids = only.requests.flatMap((request) => (request.type === 'inspect' ? [request.id] : []));
    const released = only.requests.flatMap((request) => (request.type === 'inspect' ? [request.released] : []));
    assert.deepEqual(released, [[], [], [], [ids[0], ids[2]], []]);
  });

  it('tells a replacement nothing of the payloads of the worker before it', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const result = pool.run(job('a'));
    succeed(thread(threads, 0));
    const { release } = await result;
    thread(threads, 0).end(new Error('gone'));
    await settle();
    release?.();
    const other = pool.run(job('b'));
    succeed(thread(threads, 1));
    await other;
    const request = thread(threads, 1).requests.findLast(({ type }) => type === 'inspect');
    assert.deepEqual(request?.type === 'inspect' && request.released, []);
  });
});
