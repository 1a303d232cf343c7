/** Threads beside the pool that live for one task: compile a model, check a count of contours, measure the bare inference. */
import { messageOf, ServiceError } from '../std/errors.js';
import { runOneShot } from '../std/one-shot-thread.js';
import type { BenchmarkTask, Compiled, CompileTask, CountedMasks, ReleaseTask } from '../worker/protocol/one-shot.js';

export interface CompileModelOptions {
  /** For the compilation alone; it cannot be cut. */
  readonly timeoutMs?: number;
  /** Until it resolves the thread loads only its own code, nothing of the runtime; absent: it may. */
  readonly begin?: Promise<unknown> | undefined;
  /** The thread's code; only tests give another. */
  readonly entry?: URL;
}

// Each written out in full: the bundle is made of what stands in such URLs.
const COMPILE = new URL('../worker/compile-entry.js', import.meta.url);
const CROSS_CHECK = new URL('../worker/cross-check-entry.js', import.meta.url);
const RELEASE = new URL('../worker/release-entry.js', import.meta.url);
const BENCHMARK = new URL('../worker/benchmark-entry.js', import.meta.url);

/** A model of thousands of layers compiles for minutes. */
export const COMPILE_TIMEOUT_MS = 120_000;
/** It takes half a second; a machine that is overrun may take long to give it that. */
const CROSS_CHECK_TIMEOUT_MS = 60_000;
/** The thread loads one library and a few masks. */
const CROSS_CHECK_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 };

/**
 * Compiles a model once for all workers.
 * @throws {ServiceError} ERR_MODEL_LOAD, ERR_MODEL_CONTRACT or ERR_RUNTIME_LOAD as the thread says; ERR_MODEL_LOAD when it
 * takes longer than `timeoutMs`: the native call then goes on until the process is killed. What `begin` rejects with.
 */
export async function compileModel(task: CompileTask, options: CompileModelOptions = {}): Promise<Compiled> {
  const { timeoutMs = COMPILE_TIMEOUT_MS, begin, entry = COMPILE } = options;
  try {
    return await runOneShot(entry, task, { name: 'flawline-compile', timeoutMs, begin, canTerminate: false });
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    const text = `Cannot compile the model as its thread must answer: ${task.path}: ${messageOf(cause)}`;
    throw new ServiceError('ERR_MODEL_LOAD', text, { cause, details: { timeoutMs, path: task.path } });
  }
}

export interface CrossCheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** limits.startTimeoutFactor, which multiplies the time after which the thread is cut. */
  readonly timeoutFactor: number;
  readonly timeoutMs?: number;
  /** The thread's code; only tests give another. */
  readonly entry?: URL;
}

/**
 * The second opinion of a self-test: OpenCV counts its masks, too.
 * @throws {ServiceError} ERR_SELF_TEST when OpenCV finds another number in a mask, and when it cannot count at all
 */
export async function crossCheckContours(counted: CountedMasks, options: CrossCheckOptions): Promise<void> {
  const { signal, timeoutFactor, timeoutMs = CROSS_CHECK_TIMEOUT_MS, entry = CROSS_CHECK } = options;
  const contours = await runOneShot<readonly number[]>(entry, counted, {
    name: 'flawline-cross-check',
    timeoutMs: timeoutMs * timeoutFactor,
    signal,
    resourceLimits: CROSS_CHECK_LIMITS,
  }).catch((error: unknown) => {
    throw noCount(error);
  });
  for (const [i, { name, contours: expected }] of counted.masks.entries()) {
    const found = contours[i];
    if (found === expected) continue;
    throw new ServiceError(
      'ERR_SELF_TEST',
      `Cannot trust the count of contours as OpenCV must find the same in ${name} of the self-test: ${expected} were counted, OpenCV finds ${found}`,
      { details: { mask: name, counted: expected, opencv: found ?? null } },
    );
  }
}

/** Gives the memory of compiled models back that no thread uses any more. */
export function releaseModels(task: ReleaseTask): Promise<void> {
  return runOneShot(RELEASE, task, { name: 'flawline-release' });
}

/** Inferences a second when `threads` threads do nothing else. Rejects when `signal` aborts. */
export async function benchmarkInference(task: BenchmarkTask, threads: number, signal: AbortSignal): Promise<number> {
  const run = () => runOneShot<number>(BENCHMARK, task, { name: 'flawline-benchmark', signal });
  const counts = await Promise.all(Array.from({ length: threads }, run));
  return counts.reduce((sum, count) => sum + count, 0) / task.seconds;
}

function noCount(cause: unknown): ServiceError {
  // The first line: what follows in Node's own messages are paths, for the log and not for /readyz.
  const reason = messageOf(cause).split('\n', 1)[0];
  return new ServiceError(
    'ERR_SELF_TEST',
    `Cannot check the count of contours as OpenCV must count the self-test's masks too: ${reason}`,
    { cause },
  );
}
