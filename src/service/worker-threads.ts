/** Prepared workers → a pool that is ready, and what the engine turned out to be. */
import { Worker } from 'node:worker_threads';
import { type Compiled, compileModel } from '../pool/compile.js';
import { recount } from '../pool/cross-check.js';
import { createPool, type Pool, type PoolListener } from '../pool/pool.js';
import { threadSpawner } from '../pool/thread.js';
import { settlesWithin } from '../std/promises.js';
import type { CeilingTask, CountedMasks, WorkerSetup } from '../worker/protocol/worker.js';

export interface WorkerThreadsOptions {
  readonly count: number;
  readonly jobTimeoutMs: number;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** Until it resolves the threads load only their own code; absent: the runtime may be loaded at once. */
  readonly allowed?: Promise<unknown>;
}

export interface WorkerThreads {
  readonly pool: Pool;
  readonly compiled: Compiled;
  /**
   * Has the workers use a second compilation for pictures that are alone, if that is wanted and can be had.
   * Resolves when it is compiled, rejects with what keeps it from that.
   */
  widen(): Promise<void>;
}

/** Also for a worker to become ready: where the engine cannot share, each compiles its own. */
const COMPILE_TIMEOUT_MS = 120_000;
/** It takes half a second; a machine that is overrun may take long to give it that. */
const RECOUNT_TIMEOUT_MS = 60_000;
/** How long a thread that was cut or asked to end may take, before it is given up. */
const GRACE_MS = 2_000;
const MAX_RESTART_DELAY_MS = 30_000;

/** Resolves when every worker has its model and passed its self-test. @throws what keeps the first one, or `allowed`, from it */
export async function startWorkerThreads(
  setup: WorkerSetup,
  options: WorkerThreadsOptions,
  listener: PoolListener,
): Promise<WorkerThreads> {
  const entry = (name: string) => new URL(`../worker/${name}.js`, import.meta.url);
  const compiling = compileModel(entry('compile-entry'), setup, {
    timeoutMs: COMPILE_TIMEOUT_MS,
    allowed: options.allowed,
  });
  const pool = createPool(
    {
      count: options.count,
      spawn: threadSpawner(entry('worker-entry'), setup),
      shared: compiling.then(({ shared }) => shared),
      jobTimeoutMs: options.jobTimeoutMs,
      startTimeoutMs: COMPILE_TIMEOUT_MS,
      graceMs: GRACE_MS,
      canTerminate: setup.engine.name !== 'openvino-node',
      restartDelayMs: (failures) => backOff(failures, options.random),
    },
    listener,
  );
  const [compiled] = await Promise.all([compiling, pool.start()]).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  let widening: Promise<unknown> = Promise.resolve();
  async function widen(): Promise<void> {
    if (setup.compileWide === undefined || compiled.shared === undefined) return;
    const wide = { ...setup, compile: setup.compileWide };
    const { shared } = await compileModel(entry('compile-entry'), wide, { timeoutMs: COMPILE_TIMEOUT_MS });
    if (shared !== undefined) pool.widen(shared);
  }
  return {
    compiled,
    widen() {
      const run = widen();
      widening = run.catch(() => undefined);
      return run;
    },
    pool: {
      ...pool,
      // A compilation cannot be cut, and the process would wait for it.
      close: async () => (await pool.close()) + ((await settlesWithin(widening, GRACE_MS)) ? 0 : 1),
    },
  };
}

/**
 * Has OpenCV count what a self-test counted.
 * @param signal nobody waits for it any more
 * @throws {ServiceError} ERR_SELF_TEST when it finds something else, or cannot count
 */
export async function confirmCount(counted: CountedMasks, signal?: AbortSignal): Promise<void> {
  const entry = new URL('../worker/cross-check-entry.js', import.meta.url);
  await recount(entry, counted, { timeoutMs: RECOUNT_TIMEOUT_MS, signal });
}

/** Inferences a second when `count` threads do nothing else. */
export async function inferenceCeiling(task: CeilingTask, count: number): Promise<number> {
  const entry = new URL('../worker/benchmark-entry.js', import.meta.url);
  const counts = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<number>((resolve, reject) => {
          const worker = new Worker(entry, { workerData: task, name: 'flawline-ceiling' });
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  return counts.reduce((sum, each) => sum + each, 0) / task.seconds;
}

/** 0.25 s, doubled with every failed start in a row, up to 30 s; half of it at random. */
function backOff(failures: number, random: () => number): number {
  const fullMs = Math.min(MAX_RESTART_DELAY_MS, 250 * 2 ** (failures - 1));
  return fullMs / 2 + (fullMs / 2) * random();
}
