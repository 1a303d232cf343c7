/** Prepared workers → a pool that is ready, and what the engine turned out to be. */
import { COMPILE_TIMEOUT_MS, compileModel } from '../pool/one-shots.js';
import { createPool, type Pool, type PoolListener } from '../pool/pool.js';
import { threadSpawner } from '../pool/thread.js';
import { createBackoff } from '../std/backoff.js';
import { settlesWithin } from '../std/promises.js';
import type { Compiled, CompileTask } from '../worker/protocol/one-shot.js';
import type { WorkerSetup } from '../worker/protocol/worker.js';

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
  enableLatencyMode(): Promise<void>;
}

/** How long a thread that was cut or asked to end may take, before it is given up. */
const GRACE_MS = 2_000;
const RESTART_BACKOFF = { firstMs: 250, limitMs: 30_000 };

/** Resolves when every worker has its model and passed its self-test. @throws what keeps the first one, or `allowed`, from it */
export async function startWorkerThreads(
  setup: WorkerSetup,
  { count, jobTimeoutMs, random, allowed }: WorkerThreadsOptions,
  listener: PoolListener,
): Promise<WorkerThreads> {
  const compiling = compileModel(compileTask(setup), { begin: allowed });
  const pool = createPool(
    {
      count,
      spawn: threadSpawner(new URL('../worker/worker-entry.js', import.meta.url), setup),
      shared: compiling.then(({ shared }) => shared),
      jobTimeoutMs,
      startTimeoutMs: COMPILE_TIMEOUT_MS, // where the engine cannot share, each worker compiles its own
      graceMs: GRACE_MS,
      canTerminate: setup.engine.name !== 'openvino-node',
      restartBackoff: () => createBackoff(random, RESTART_BACKOFF),
    },
    listener,
  );
  const [compiled] = await Promise.all([compiling, pool.start()]).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  let enabling: Promise<unknown> = Promise.resolve();
  async function enableLatencyMode(): Promise<void> {
    if (setup.compileLatency === undefined || compiled.shared === undefined) return;
    const { shared } = await compileModel({ ...compileTask(setup), compile: setup.compileLatency });
    if (shared !== undefined) pool.enableLatencyMode(shared);
  }
  return {
    compiled,
    enableLatencyMode() {
      const run = enableLatencyMode();
      enabling = run.catch(() => undefined);
      return run;
    },
    pool: {
      ...pool,
      // A compilation cannot be cut, and the process would wait for it.
      close: async () => (await pool.close()) + ((await settlesWithin(enabling, GRACE_MS)) ? 0 : 1),
    },
  };
}

export function compileTask({ engine, model, compile }: WorkerSetup): CompileTask {
  return { engine, path: model.path, compile };
}
