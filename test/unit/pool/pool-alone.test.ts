import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError, toWire } from '../../../src/std/errors.js';
import type { FakeThread } from '../../support/process/fake-thread.js';
import { fail, job, KEY, lastId, poolOnFakeThreads, settle, succeed, thread } from './pool-on-fake-threads.js';

const port = { name: 'p', elementType: 'u8', shape: [1, 3, 1, 1] } as const;
const shared = { handle: 7n, input: port, outputs: [port], deviceName: 'CPU', precision: 'f32' };
const latencyModel = (fake: FakeThread) =>
  fake.requests.flatMap((each) => {
    if (each.type === 'start') return each.models.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
    return each.type === 'enable-latency-mode' ? [each.shared] : [];
  });

describe('Pool.run() of a picture that is alone', () => {
  it('has a job inferred on all threads only when nothing else waits or is in work', async () => {
    const { pool, threads } = poolOnFakeThreads(2);
    await pool.start();
    const results = ['a', 'b', 'c'].map((text) => pool.run(job(text)));
    const ways = (index: number) =>
      thread(threads, index).requests.flatMap((request) => (request.type === 'inspect' ? [request.mode] : []));
    assert.deepEqual([ways(0), ways(1)], [['latency'], ['throughput']]);
    succeed(thread(threads, 1)); // takes c, while a is in work
    succeed(thread(threads, 1));
    succeed(thread(threads, 0));
    await Promise.all(results);
    const last = pool.run(job('d'));
    succeed(thread(threads, 0));
    await last;
    assert.deepEqual(
      [ways(0), ways(1)],
      [
        ['latency', 'latency'],
        ['throughput', 'throughput'],
      ],
    );
  });

  it('has the second try of a job inferred as all others are', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_INFERENCE');
    await settle();
    succeed(thread(threads, 1));
    await result;
    const ways = [0, 1].map((i) =>
      thread(threads, i).requests.flatMap((each) => (each.type === 'inspect' ? [each.mode] : [])),
    );
    assert.deepEqual(ways, [['latency'], ['throughput']]);
  });
});

describe('Pool.enableLatencyMode()', () => {
  it('gives the second compilation to every worker, and to those that replace one', async () => {
    const { pool, threads } = poolOnFakeThreads(2);
    await pool.start();
    pool.enableLatencyMode(KEY, shared);
    assert.deepEqual(
      [0, 1].map((index) => latencyModel(thread(threads, index))),
      [[shared], [shared]],
    );
    thread(threads, 0).end(new Error('gone'));
    await settle();
    assert.deepEqual(latencyModel(thread(threads, 2)), [shared]);
  });

  it('reports a worker that cannot use it, which goes on without', async () => {
    const { pool, threads, events } = poolOnFakeThreads(1);
    await pool.start();
    pool.enableLatencyMode(KEY, shared);
    const only = thread(threads, 0);
    only.reply({ type: 'warning', error: toWire(new ServiceError('ERR_SELF_TEST', 'wrong')) });
    assert.deepEqual(events, ['warning wrong']);
    const result = pool.run(job('a'));
    succeed(only);
    await result;
  });
});

describe('Pool.disableLatencyMode()', () => {
  const dropped = (fake: FakeThread) =>
    fake.requests.filter((each) => each.type === 'change' && each.change.type === 'drop-latency-mode').length;

  it('resolves when every worker has dropped it; one that starts later does not get it', async () => {
    const { pool, threads } = poolOnFakeThreads(2);
    await pool.start();
    pool.enableLatencyMode(KEY, shared);
    const disabled = pool.disableLatencyMode(KEY);
    await settle();
    await settle(); // it waits for a turn itself
    const [first, second] = [thread(threads, 0), thread(threads, 1)];
    assert.deepEqual([dropped(first), dropped(second)], [1, 1]);
    let isDone = false;
    void disabled.then(() => (isDone = true));
    first.reply({ type: 'changed', id: lastId(first) });
    await settle();
    assert.equal(isDone, false);
    second.reply({ type: 'changed', id: lastId(second) });
    await disabled;
    first.end(new Error('gone'));
    await settle();
    assert.deepEqual(latencyModel(thread(threads, 2)), []);
  });

  it('tells a worker too that was being given the models of before', async () => {
    const { pool, threads } = poolOnFakeThreads(1, { readyAtOnce: false });
    pool.enableLatencyMode(KEY, shared);
    await settle();
    void pool.start().catch(() => undefined);
    const disabled = pool.disableLatencyMode(KEY);
    await settle();
    await settle(); // it waits for a turn itself
    const only = thread(threads, 0);
    const got = latencyModel(only).length;
    assert.equal(dropped(only), got, 'who got it is told to drop it');
    if (got > 0) only.reply({ type: 'changed', id: lastId(only) });
    await disabled;
    await pool.close();
  });
});

describe('PoolListener.onLatencyWanted()', () => {
  it('is called at the fifth picture that was alone', async () => {
    const { pool, threads, events } = poolOnFakeThreads(1);
    await pool.start();
    for (let n = 1; n <= 5; n += 1) {
      assert.deepEqual(events, []);
      const result = pool.run(job(`${n}`));
      succeed(thread(threads, 0));
      await result;
    }
    assert.deepEqual(events, ['latency wanted']);
  });
});
