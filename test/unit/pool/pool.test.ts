import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, ServiceError } from '../../../src/errors.js';
import type { Inspection } from '../../../src/message.js';
import { createPool, type Pool, type PoolListener, type PoolOptions } from '../../../src/pool/pool.js';
import { type Job, type Request, toWire } from '../../../src/worker/protocol.js';
import { type FakeThread, type FakeThreads, type FakeThreadsOptions, fakeThreads } from '../../support/fake-thread.js';

const JOB_TIMEOUT_MS = 10_000;
const GRACE_MS = 1_000;
const RESTART_DELAY_MS = 500;

const inspection: Inspection = {
  id: 'a',
  measures: { defect: 0, area: 0, largest: 0, score: 0, regions: [], width: 1, height: 1 },
  inferenceTimeMs: 1,
  stagesMs: { parse: 1 },
  results: [],
};

const port = { name: 'p', elementType: 'u8', shape: [1, 3, 1, 1] } as const;

function job(text: string): Job {
  return { topic: 't', payload: Buffer.from(text), properties: { user: [] }, receivedAtMs: 0 };
}

interface Setup {
  readonly pool: Pool;
  readonly threads: FakeThreads;
  readonly events: string[];
}

function setup(count: number, threadOptions: FakeThreadsOptions = {}, options: Partial<PoolOptions> = {}): Setup {
  const threads = fakeThreads(threadOptions);
  const events: string[] = [];
  const listener: PoolListener = {
    onRestart: (cause) => events.push(`restart ${cause instanceof ServiceError ? cause.code : cause.message}`),
    onStartFailed: (error) => events.push(`start failed ${error.message}`),
    onAbandoned: (n) => events.push(`abandoned ${n}`),
    onNotWidened: (error) => events.push(`not widened ${error.message}`),
    onChange: () => undefined,
  };
  const pool = createPool(
    {
      count,
      spawn: threads.spawn,
      shared: Promise.resolve(undefined),
      jobTimeoutMs: JOB_TIMEOUT_MS,
      graceMs: GRACE_MS,
      canTerminate: true,
      restartDelayMs: () => RESTART_DELAY_MS,
      ...options,
    },
    listener,
  );
  return { pool, threads, events };
}

function thread(threads: FakeThreads, index: number): FakeThread {
  const found = threads.all[index];
  assert.ok(found, `thread ${index} was spawned`);
  return found;
}

/** The inspect requests that a thread got, by payload text. */
function inspected(fake: FakeThread): string[] {
  return fake.requests.flatMap((request) =>
    request.type === 'inspect' ? [Buffer.from(request.job.payload).toString()] : [],
  );
}

function lastId(fake: FakeThread): number {
  const request = fake.requests.findLast((each): each is Request & { id: number } => 'id' in each);
  assert.ok(request);
  return request.id;
}

const succeed = (fake: FakeThread) => fake.reply({ type: 'inspected', id: lastId(fake), inspection });
const fail = (fake: FakeThread, code: ErrorCode) =>
  fake.reply({ type: 'failed', id: lastId(fake), error: toWire(new ServiceError(code, code)) });

/** Lets every promise callback that is due run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('Pool.start()', () => {
  it('resolves only when every worker is ready', async () => {
    const { pool, threads } = setup(2, { readyAtOnce: false });
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
    const { pool, threads } = setup(1, { readyAtOnce: false });
    const started = pool.start();
    thread(threads, 0).reply({ type: 'unfit', error: toWire(new ServiceError('ERR_SELF_TEST', 'wrong answer')) });
    await assert.rejects(started, { code: 'ERR_SELF_TEST', message: 'wrong answer' });
    await pool.close();
  });

  it('tries an unfit worker again after its back-off', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = setup(1, { readyAtOnce: false });
    const started = pool.start();
    thread(threads, 0).reply({ type: 'unfit', error: toWire(new Error('no model')) });
    await assert.rejects(started);
    assert.equal(pool.status().failed, 1);
    context.mock.timers.tick(RESTART_DELAY_MS);
    await settle();
    thread(threads, 1).reply({ type: 'ready' });
    assert.equal(pool.status().idle, 1);
  });
});

describe('Pool.run()', () => {
  it('resolves to the inspection with its queue time', async () => {
    const { pool, threads } = setup(1);
    await pool.start();
    const result = pool.run(job('a'));
    succeed(thread(threads, 0));
    const { release, stagesMs, ...rest } = await result;
    const { queue, ...others } = stagesMs;
    assert.deepEqual({ ...rest, stagesMs: others }, inspection);
    assert.ok((queue ?? -1) >= 0);
    assert.equal(typeof release, 'function');
  });

  it('has a job inferred on all threads only when nothing else waits or is in work', async () => {
    const { pool, threads } = setup(2);
    await pool.start();
    const results = ['a', 'b', 'c'].map((text) => pool.run(job(text)));
    const ways = (index: number) =>
      thread(threads, index).requests.flatMap((request) => (request.type === 'inspect' ? [request.way] : []));
    assert.deepEqual([ways(0), ways(1)], [['wide'], ['narrow']]);
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
        ['wide', 'wide'],
        ['narrow', 'narrow'],
      ],
    );
  });

  it('has the second try of a job inferred as all others are', async () => {
    const { pool, threads } = setup(1);
    await pool.start();
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_INFERENCE');
    await settle();
    succeed(thread(threads, 1));
    await result;
    const ways = [0, 1].map((i) =>
      thread(threads, i).requests.flatMap((each) => (each.type === 'inspect' ? [each.way] : [])),
    );
    assert.deepEqual(ways, [['wide'], ['narrow']]);
  });

  it('tells a worker with its next job which of its payloads are not read any more', async () => {
    const { pool, threads } = setup(1);
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
    const { pool, threads } = setup(1);
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

  it('gives a worker one job at a time, first come first served', async () => {
    const { pool, threads } = setup(1);
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

  it("reports a message's own fault at once, on the same worker", async () => {
    const { pool, threads, events } = setup(1);
    await pool.start();
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_IMAGE_DECODE');
    await assert.rejects(result, { code: 'ERR_IMAGE_DECODE' });
    assert.deepEqual(events, []);
    assert.equal(pool.status().idle, 1);
  });

  it('tries an inference error once more, on a fresh worker', async () => {
    const { pool, threads, events } = setup(1);
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
    const { pool, threads } = setup(1);
    await pool.start();
    const result = pool.run(job('a'));
    fail(thread(threads, 0), 'ERR_INFERENCE');
    await settle();
    fail(thread(threads, 1), 'ERR_INFERENCE');
    await assert.rejects(result, { code: 'ERR_INFERENCE' });
  });

  it('gives the job of a dead worker to the replacement and leaves the others alone', async () => {
    const { pool, threads, events } = setup(2);
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
    const { pool, threads } = setup(1);
    await pool.start();
    const result = pool.run(job('a'));
    thread(threads, 0).end(new Error('boom'));
    await settle();
    thread(threads, 1).end(new Error('boom'));
    await assert.rejects(result, { code: 'ERR_WORKER_EXITED', message: /boom/ });
  });

  it('keeps the payload of the caller whole for the second try', async () => {
    const { pool, threads } = setup(1);
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
    const { pool, threads } = setup(2, { readyAtOnce: false });
    const started = pool.start();
    thread(threads, 0).reply({ type: 'ready' });
    thread(threads, 1).reply({ type: 'ready' });
    await started;
    const result = pool.run(job('a'));
    thread(threads, 0).end(new Error('boom'));
    await settle();
    thread(threads, 2).reply({ type: 'unfit', error: toWire(new Error('model is gone')) });
    assert.deepEqual(inspected(thread(threads, 1)), ['a']);
    succeed(thread(threads, 1));
    await result;
  });
});

describe('Pool deadline', () => {
  it('cuts a job that takes longer than the time-out and tries it once more', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = setup(1);
    await pool.start();
    const result = pool.run(job('a'));
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    await settle();
    assert.equal(thread(threads, 0).terminated, true);
    assert.deepEqual(inspected(thread(threads, 1)), ['a']);
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    await assert.rejects(result, { code: 'ERR_JOB_TIMEOUT' });
  });

  it('does not count the time in the queue', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = setup(1);
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
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads, events } = setup(1, { terminates: false });
    await pool.start();
    const result = pool.run(job('a'));
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    await settle();
    context.mock.timers.tick(GRACE_MS);
    await settle();
    assert.deepEqual(events, ['restart ERR_JOB_TIMEOUT', 'abandoned 1']);
    succeed(thread(threads, 1));
    await result;
  });

  it('takes an abandoned thread off the books when its native call comes back', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads, events } = setup(1, { terminates: false });
    await pool.start();
    const result = pool.run(job('a'));
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    await settle();
    context.mock.timers.tick(GRACE_MS);
    await settle();
    thread(threads, 0).end();
    await settle();
    assert.deepEqual(events.slice(1), ['abandoned 1', 'abandoned 0']);
    assert.equal(pool.status().abandoned, 0);
    succeed(thread(threads, 1));
    await result;
  });

  it('calls onStart when a worker gets the job, not before', async () => {
    const { pool, threads } = setup(1);
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
    const { pool, threads } = setup(1);
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

  it('never terminates a thread of an engine that would abort the process', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { pool, threads } = setup(1, {}, { canTerminate: false });
    await pool.start();
    const result = pool.run(job('a'));
    context.mock.timers.tick(JOB_TIMEOUT_MS);
    await settle();
    assert.equal(thread(threads, 0).terminated, false);
    succeed(thread(threads, 1));
    await result;
  });
});

describe('Pool.widen()', () => {
  const shared = { handle: 7n, input: port, outputs: [port], deviceName: 'CPU', precision: 'f32' };
  const widened = (fake: FakeThread) =>
    fake.requests.flatMap((each) => {
      if (each.type === 'start') return each.wide === undefined ? [] : [each.wide];
      return each.type === 'widen' ? [each.shared] : [];
    });

  it('gives the second compilation to every worker, and to those that replace one', async () => {
    const { pool, threads } = setup(2);
    await pool.start();
    pool.widen(shared);
    assert.deepEqual(
      [0, 1].map((index) => widened(thread(threads, index))),
      [[shared], [shared]],
    );
    thread(threads, 0).end(new Error('gone'));
    await settle();
    assert.deepEqual(widened(thread(threads, 2)), [shared]);
  });

  it('reports a worker that cannot use it, which goes on without', async () => {
    const { pool, threads, events } = setup(1);
    await pool.start();
    pool.widen(shared);
    const only = thread(threads, 0);
    only.reply({ type: 'not-widened', error: toWire(new ServiceError('ERR_SELF_TEST', 'wrong')) });
    assert.deepEqual(events, ['not widened wrong']);
    const result = pool.run(job('a'));
    succeed(only);
    await result;
  });
});

describe('Pool.selfTest()', () => {
  it('resolves when a worker passed it and rejects when it did not', async () => {
    const { pool, threads } = setup(1);
    await pool.start();
    const passed = pool.selfTest();
    thread(threads, 0).reply({ type: 'self-tested', id: lastId(thread(threads, 0)) });
    assert.equal(await passed, undefined);
    const failed = pool.selfTest();
    fail(thread(threads, 0), 'ERR_SELF_TEST');
    await assert.rejects(failed, { code: 'ERR_SELF_TEST' });
  });
});

describe('Pool.selfTest() of a model with a picture', () => {
  it('resolves to the masks that the worker counted', async () => {
    const { pool, threads } = setup(1);
    await pool.start();
    const passed = pool.selfTest();
    const counted = { width: 1, height: 1, masks: [{ name: 'the whole mask', mask: Uint8Array.of(255), contours: 1 }] };
    thread(threads, 0).reply({ type: 'self-tested', id: lastId(thread(threads, 0)), counted });
    assert.deepEqual(await passed, counted);
  });
});

describe('Pool.close()', () => {
  it('rejects waiting and running jobs and ends every thread', async () => {
    const { pool } = setup(1);
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
});
