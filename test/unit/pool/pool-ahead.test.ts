/**
 * What would go wrong: a worker has several pictures, dies of one, and another of them is blamed: a healthy picture ends in the
 * dead letters, or the one that kills is tried for ever.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ServiceError, toWire } from '../../../src/std/errors.js';
import type { FakeThread } from '../../support/process/fake-thread.js';
import {
  fail,
  inspected,
  inspection,
  JOB_TIMEOUT_MS,
  job,
  poolOnFakeThreads,
  settle,
  thread,
} from './pool-on-fake-threads.js';

/** As many as are looked at before work counts as small. */
const JUDGED_JOBS = 32;

/** Ids of the inspections that a thread got. */
const ids = (fake: FakeThread) => fake.requests.flatMap((each) => (each.type === 'inspect' ? [each.id] : []));
const idAt = (fake: FakeThread, index: number) => ids(fake).at(index) ?? Number.NaN;
const succeedAt = (fake: FakeThread, index: number) =>
  fake.reply({ type: 'inspected', id: idAt(fake, index), inspection });

/** A pool whose jobs have been small so far. Fake time, so that none of them takes any. */
async function poolOfSmallWork(context: TestContext, count: number, streams: number) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const parts = poolOnFakeThreads(count, {}, { streams, nowMs: () => 0 });
  await parts.pool.start();
  for (let n = 0; n < JUDGED_JOBS; n += 1) {
    const result = parts.pool.run(job('small'));
    succeedAt(thread(parts.threads, 0), -1);
    await result;
  }
  const before = inspected(thread(parts.threads, 0)).length;
  /** What the threads got since then. */
  const given = () => parts.threads.all.map((each, at) => inspected(each).slice(at === 0 ? before : 0));
  return { ...parts, given };
}

/** One worker that has `a` in work and `b` ahead; what was given to it and to its replacement is told by `given`. */
async function twoAtOne(context: TestContext) {
  const parts = await poolOfSmallWork(context, 1, 1);
  const [a, b] = ['a', 'b'].map((text) => parts.pool.run(job(text)));
  assert.ok(a && b);
  const first = thread(parts.threads, 0);
  assert.deepEqual(parts.given(), [['a', 'b']]);
  return { ...parts, first, a, b, idOfA: idAt(first, -2), idOfB: idAt(first, -1) };
}

describe('Pool with small work', () => {
  it('uses as many workers as inferences run side by side, and gives each a job ahead', async (context) => {
    const { pool, given } = await poolOfSmallWork(context, 3, 2);
    for (const text of ['a', 'b', 'c', 'd', 'e']) pool.run(job(text)).catch(() => undefined);
    assert.deepEqual(given(), [['a', 'c'], ['b', 'd'], []]);
    await pool.close();
  });

  it('has no spare time for a candidate while pictures wait at a worker, however many others are idle', async (context) => {
    const { pool } = await poolOfSmallWork(context, 4, 2);
    const first = ['a', 'b'].map((text) => pool.run(job(text)));
    assert.equal(pool.hasSpareTime(), true);
    const ahead = pool.run(job('c'));
    assert.equal(pool.hasSpareTime(), false);
    for (const result of [...first, ahead]) result.catch(() => undefined);
    await pool.close();
  });

  it('sends a worker one message for each job, and nothing to one that is left out', async (context) => {
    const { pool, threads } = await poolOfSmallWork(context, 3, 2);
    const before = threads.all.map(({ requests }) => requests.length);
    for (const text of ['a', 'b', 'c', 'd', 'e']) pool.run(job(text)).catch(() => undefined);
    const sent = threads.all.map(({ requests }, at) => requests.length - (before[at] ?? 0));
    assert.deepEqual(sent, [2, 2, 0]);
    await pool.close();
  });

  it('gives a worker the next job with the answer to one of two', async (context) => {
    const { pool, given, first, a, b, idOfA } = await twoAtOne(context);
    const c = pool.run(job('c'));
    assert.deepEqual(given(), [['a', 'b']]);
    first.reply({ type: 'inspected', id: idOfA, inspection });
    assert.deepEqual(given(), [['a', 'b', 'c']]);
    succeedAt(first, -2);
    succeedAt(first, -1);
    await Promise.all([a, b, c]);
  });

  it('takes back what was given ahead when its worker dies, and blames what was in work', async (context) => {
    const { threads, given, first, a, b, idOfA } = await twoAtOne(context);
    first.begin(idOfA);
    first.end(new Error('died'));
    await settle();
    thread(threads, 1).end(new Error('died again'));
    await assert.rejects(a, { code: 'ERR_WORKER_EXITED' });
    await settle();
    assert.deepEqual(given().slice(2), [['b']]);
    succeedAt(thread(threads, 2), 0);
    await b;
  });

  it('blames the job that the dead worker had begun, although its answer to the one before was lost', async (context) => {
    const { threads, first, a, b, idOfB } = await twoAtOne(context);
    first.begin(idOfB);
    first.end(new Error('died'));
    await settle();
    const second = thread(threads, 1);
    second.begin(idAt(second, inspected(second).indexOf('b')));
    second.end(new Error('died again'));
    await assert.rejects(b, { code: 'ERR_WORKER_EXITED' });
    await settle();
    fail(thread(threads, 2), 'ERR_INFERENCE'); // the first of its two tries
    await settle();
    succeedAt(thread(threads, 3), 0);
    await a;
  });

  it('gives each job its own time: that of the second begins when the first is answered', async (context) => {
    const { first, a, b, idOfA, idOfB } = await twoAtOne(context);
    context.mock.timers.tick(JOB_TIMEOUT_MS - 1);
    first.reply({ type: 'inspected', id: idOfA, inspection });
    context.mock.timers.tick(JOB_TIMEOUT_MS - 1);
    assert.equal(first.terminated, false);
    first.reply({ type: 'inspected', id: idOfB, inspection });
    await Promise.all([a, b]);
  });

  it('cuts a worker for the job that hangs, and tries the other as if nothing had been', async (context) => {
    const { threads, given, first, a, b, idOfA } = await twoAtOne(context);
    first.begin(idOfA);
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    await settle();
    assert.equal(first.terminated, true);
    assert.deepEqual(given()[1], ['a']);
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    await assert.rejects(a, { code: 'ERR_JOB_TIMEOUT' });
    await settle();
    assert.deepEqual(given()[2], ['b']);
    succeedAt(thread(threads, 2), 0);
    await b;
  });

  it('does not cut a worker that has gone on to the second job: the answer to the first is on its way', async (context) => {
    const { first, a, b, idOfA, idOfB } = await twoAtOne(context);
    first.begin(idOfB);
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    assert.equal(first.terminated, false);
    first.reply({ type: 'inspected', id: idOfA, inspection });
    first.reply({ type: 'inspected', id: idOfB, inspection });
    await Promise.all([a, b]);
  });

  it('takes the second job from a worker that is replaced as the inference of the first failed', async (context) => {
    const { threads, given, first, a, b, idOfA } = await twoAtOne(context);
    first.reply({ type: 'failed', id: idOfA, error: toWire(new ServiceError('ERR_INFERENCE', 'no')) });
    await settle();
    assert.deepEqual(given()[1], ['a']); // a second try has its worker for itself
    context.mock.timers.tick(JOB_TIMEOUT_MS - 1);
    succeedAt(thread(threads, 1), 0);
    assert.deepEqual(given()[1], ['a', 'b']);
    context.mock.timers.tick(1); // the time that b had at the first worker is none of the second
    assert.equal(thread(threads, 1).terminated, false);
    succeedAt(thread(threads, 1), 1);
    await Promise.all([a, b]);
  });
});
