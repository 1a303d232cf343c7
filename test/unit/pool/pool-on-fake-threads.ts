/** The pool on threads that do what a test tells them, and what its tests say to both. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Job } from '../../../src/domain/inspection.js';
import { createPool, type Pool, type PoolListener, type PoolOptions } from '../../../src/pool/pool.js';
import { type ErrorCode, ServiceError, toWire } from '../../../src/std/errors.js';
import type { ModelHandle, Request } from '../../../src/worker/protocol/worker.js';
import { anInspection } from '../../support/builders.js';
import {
  type FakeThread,
  type FakeThreads,
  type FakeThreadsOptions,
  fakeThreads,
} from '../../support/process/fake-thread.js';

export const JOB_TIMEOUT_MS = 10_000;
export const START_TIMEOUT_MS = 60_000;
export const GRACE_MS = 1_000;
export const RESTART_DELAY_MS = 500;

/** Of the only model. */
export const KEY = 'default';

/** A model as far as the pool looks at it; the threads of these tests open none. */
export function modelOf(key: string): ModelHandle {
  return {
    shared: undefined,
    setup: {
      key,
      engine: { name: 'fake' },
      compile: { device: 'CPU', precision: 'f32', streams: 1 },
      model: { name: key, version: '1', path: '/nowhere/model.xml', threshold: 0.5 },
      libvips: new SharedArrayBuffer(4),
      rules: [],
      imageField: 'image',
      copyFields: [],
      encoding: 'base64',
      maxPayloadBytes: 1,
      maxPixels: 1,
    },
  };
}

export const inspection = anInspection({ stagesMs: { parse: 1 } });

export function job(text: string): Job {
  return { topic: 't', payload: Buffer.from(text), properties: { user: [] }, receivedAtMs: 0 };
}

interface PoolOnFakeThreads {
  readonly pool: Pool;
  readonly threads: FakeThreads;
  readonly events: string[];
}

/** What the pool reports stands in `events`, in order. */
export function poolOnFakeThreads(
  count: number,
  threadOptions: FakeThreadsOptions = {},
  options: Partial<PoolOptions> = {},
): PoolOnFakeThreads {
  const threads = fakeThreads(threadOptions);
  const events: string[] = [];
  const listener: PoolListener = {
    onRestart: (cause) => events.push(`restart ${cause instanceof ServiceError ? cause.code : cause.message}`),
    onStartFailed: (error) => events.push(`start failed ${error.message}`),
    onAbandoned: (n) => events.push(`abandoned ${n}`),
    onWarning: (error) => events.push(`warning ${error.message}`),
    onChange: () => undefined,
    onLatencyWanted: (isWanted) => events.push(isWanted ? 'latency wanted' : 'latency not wanted'),
  };
  const pool = createPool(
    {
      count,
      spawn: threads.spawn,
      models: Promise.resolve([modelOf(KEY)]),
      jobTimeoutMs: JOB_TIMEOUT_MS,
      startTimeoutMs: START_TIMEOUT_MS,
      graceMs: GRACE_MS,
      canTerminate: true,
      restartBackoff: () => ({ next: () => RESTART_DELAY_MS, reset: () => undefined }),
      ...options,
    },
    listener,
  );
  return { pool, threads, events };
}

export function thread(threads: FakeThreads, index: number): FakeThread {
  const found = threads.all[index];
  assert.ok(found, `thread ${index} was spawned`);
  return found;
}

/** The inspect requests that a thread got, by payload text. */
export function inspected(fake: FakeThread): string[] {
  return fake.requests.flatMap((request) =>
    request.type === 'inspect' ? [Buffer.from(request.job.payload).toString()] : [],
  );
}

export function lastId(fake: FakeThread): number {
  const request = fake.requests.findLast((each): each is Request & { id: number } => 'id' in each);
  assert.ok(request);
  return request.id;
}

export const succeed = (fake: FakeThread) => fake.reply({ type: 'inspected', id: lastId(fake), inspection });
export const fail = (fake: FakeThread, code: ErrorCode) =>
  fake.reply({ type: 'failed', id: lastId(fake), error: toWire(new ServiceError(code, code)) });

/** A pool of one worker whose job 'a' has just run into its deadline. */
export async function atDeadline(context: TestContext, threads?: FakeThreadsOptions, options?: Partial<PoolOptions>) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const parts = poolOnFakeThreads(1, threads, options);
  await parts.pool.start();
  const result = parts.pool.run(job('a'));
  context.mock.timers.tick(JOB_TIMEOUT_MS);
  await settle();
  return { ...parts, result };
}

/** Lets every promise callback that is due run. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));
