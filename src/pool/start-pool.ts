/** Models that were found → a pool that is ready, and what the engine turned out to be. */
import type { EngineChoice } from '../engine/engine.js';
import { createBackoff } from '../std/backoff.js';
import { defined } from '../std/defined.js';
import { settlesWithin } from '../std/promises.js';
import { createSharedExclusiveLock } from '../std/shared-exclusive-lock.js';
import type { Compiled, CompileTask } from '../worker/protocol/one-shot.js';
import type { ModelHandle, WorkerSetup } from '../worker/protocol/worker.js';
import { COMPILE_TIMEOUT_MS, type CompileModelOptions, compileModel, releaseModels } from './one-shots.js';
import { createPool, type Pool, type PoolListener } from './pool.js';
import { threadSpawner } from './thread.js';

export interface StartPoolOptions {
  readonly engine: EngineChoice;
  readonly count: number;
  /** As PoolOptions. */
  readonly streams?: number;
  readonly jobTimeoutMs: number;
  /** Multiplies how long compiling may take. */
  readonly startTimeoutFactor: number;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** Its workers yield to others. */
  readonly isBackground?: boolean;
  /** Until it resolves the threads load only their own code; absent: the runtime may be loaded at once. */
  readonly allowed?: Promise<unknown>;
}

export interface StartedPool {
  readonly pool: Pool;
  /** By key of the model. */
  readonly compiled: ReadonlyMap<string, Compiled>;
  /**
   * Compiles the model once more for pictures that are alone, if that is wanted and can be had, and has the workers use it.
   * Resolves when it is compiled, rejects with what keeps it from that.
   */
  enableLatencyMode(handle: ModelHandle): Promise<void>;
  /** Gives the memory of that compilation back. */
  disableLatencyMode(key: string): Promise<void>;
  /**
   * Compiles one more model and opens it in every worker; its self-test must pass there. @throws {ServiceError} and it is
   * nowhere then
   */
  addModel(setup: WorkerSetup): Promise<Compiled>;
  /** Takes it from the workers and gives its memory back. No job of it may be waiting or running. */
  removeModel(key: string): Promise<void>;
}

/** How long a thread that was cut or asked to end may take, before it is given up. */
const GRACE_MS = 2_000;
const RESTART_BACKOFF = { firstMs: 250, limitMs: 30_000 };

/**
 * Resolves when every worker has all models, and they passed their self-tests.
 * @throws what keeps the first worker, or `allowed`, from it
 */
export async function startPool(
  setups: readonly WorkerSetup[],
  options: StartPoolOptions,
  listener: PoolListener,
): Promise<StartedPool> {
  const { engine, count, streams, jobTimeoutMs, startTimeoutFactor, random, allowed, isBackground = false } = options;
  const compiled = new Map<string, Compiled>();
  const timeoutMs = COMPILE_TIMEOUT_MS * startTimeoutFactor;
  const compiling = compileAll(setups, compiled, { begin: allowed, timeoutMs });
  const pool = createPool(
    {
      count,
      ...defined({ streams }),
      spawn: threadSpawner(new URL('../worker/worker-entry.js', import.meta.url), { engine, isBackground }),
      models: compiling,
      jobTimeoutMs,
      startTimeoutMs: timeoutMs, // where the engine cannot share, each worker compiles its own
      graceMs: GRACE_MS,
      canTerminate: engine.name !== 'openvino-node',
      restartBackoff: () => createBackoff(random, RESTART_BACKOFF),
    },
    listener,
  );
  await Promise.all([compiling, pool.start()]).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  let enabling: Promise<unknown> = Promise.resolve();
  /** Nothing is freed twice. */
  const freeing = createSharedExclusiveLock();
  const handleOf = async (key: string) => (await pool.models()).find(({ setup }) => setup.key === key);

  async function release({ shared, latency }: Pick<ModelHandle, 'shared' | 'latency'>): Promise<void> {
    const handles = [shared, latency].filter((model) => model !== undefined);
    // A thread that native code holds may still use it: its memory is kept rather than freed under it.
    if (handles.length > 0 && pool.status().abandoned === 0) await releaseModels({ engine, shared: handles });
  }
  return {
    compiled,
    enableLatencyMode(handle) {
      const run = compileLatency(handle, timeoutMs).then((shared) => {
        if (shared !== undefined) pool.enableLatencyMode(handle.setup.key, shared);
      });
      enabling = Promise.all([enabling, run.catch(() => undefined)]);
      return run;
    },
    async disableLatencyMode(key) {
      await freeing.exclusive(async () => {
        await enabling;
        const latency = (await handleOf(key))?.latency;
        if (latency === undefined) return;
        await pool.disableLatencyMode(key);
        await release({ shared: undefined, latency });
      });
    },
    async addModel(setup) {
      const result = await compileModel(compileTask(setup), { timeoutMs });
      try {
        await pool.addModel({ setup, shared: result.shared });
      } catch (error) {
        await release({ shared: result.shared });
        throw error;
      }
      return result;
    },
    async removeModel(key) {
      await freeing.exclusive(async () => {
        await enabling; // a second compilation of it may be on its way
        const handle = await handleOf(key);
        if (handle === undefined) return;
        await pool.removeModel(key);
        await release(handle);
      });
    },
    pool: {
      ...pool,
      // A compilation cannot be cut, and the process would wait for it.
      close: async () => (await pool.close()) + ((await settlesWithin(enabling, GRACE_MS)) ? 0 : 1),
    },
  };
}

/** One after the other: each takes all cores. */
async function compileAll(
  setups: readonly WorkerSetup[],
  compiled: Map<string, Compiled>,
  options: CompileModelOptions,
): Promise<readonly ModelHandle[]> {
  const handles: ModelHandle[] = [];
  if (setups.length === 0) await options.begin; // workers load the runtime also without a model
  for (const setup of setups) {
    const result = await compileModel(compileTask(setup), options);
    compiled.set(setup.key, result);
    handles.push({ setup, shared: result.shared });
  }
  return handles;
}

async function compileLatency({ setup, shared }: ModelHandle, timeoutMs: number) {
  if (setup.compileLatency === undefined || shared === undefined) return undefined;
  return (await compileModel({ ...compileTask(setup), compile: setup.compileLatency }, { timeoutMs })).shared;
}

export function compileTask({ engine, model, compile }: WorkerSetup): CompileTask {
  return { engine, path: model.path, compile };
}
