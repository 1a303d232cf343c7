/** A thread for one task: it gets its data at birth, answers once and ends. Both of its sides are here, to stay together. */
import { parentPort, type ResourceLimits, Worker, workerData } from 'node:worker_threads';
import { type ErrorCode, fromWire, toServiceError, toWire, type WireError } from './errors.js';

/** The one message to the thread: it may begin. */
const BEGIN = 'begin';

/** The one message from the thread. */
type Result<T> = { readonly value: T } | { readonly error: WireError };

export interface OneShotOptions {
  /** Shown by debuggers. */
  readonly name: string;
  /** Counted from the moment the thread may begin. Absent: it takes as long as it takes. */
  readonly timeoutMs?: number;
  /** Until it resolves the thread does nothing but load its code. What it rejects with is the end of the thread. */
  readonly begin?: Promise<unknown> | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
  /** False: once it has begun the thread is left running when its time is over, as native code would abort the process. */
  readonly canTerminate?: boolean;
  readonly resourceLimits?: ResourceLimits;
}

/**
 * Runs `entry`, whose last statement is `answerOnce`, with `data` on a thread of its own.
 * @throws {Error} what the thread threw, with its code and cause; or in words that it took too long, ended without an answer
 * or was cut; or what `begin` rejects with
 */
export function runOneShot<T>(entry: URL, data: unknown, options: OneShotOptions): Promise<T> {
  const { name, timeoutMs, begin = Promise.resolve(), signal, canTerminate = true, resourceLimits = {} } = options;
  return new Promise((resolve, reject) => {
    const thread = new Worker(entry, { workerData: data, name, resourceLimits });
    let watchdog: NodeJS.Timeout | undefined;
    let hasBegun = false;

    function settle(): void {
      clearTimeout(watchdog);
      signal?.removeEventListener('abort', onAbort);
    }
    /** After the first answer nothing of this has an effect: a promise settles once. */
    function fail(reason: unknown): void {
      settle();
      reject(reason);
    }
    function cut(reason: unknown): void {
      fail(reason);
      if (canTerminate || !hasBegun) void thread.terminate();
    }
    function onAbort(): void {
      cut(new Error('the service stops'));
    }

    thread.once('message', (result: Result<T>) => {
      if ('error' in result) return fail(fromWire(result.error));
      settle();
      resolve(result.value);
    });
    thread.once('error', fail);
    thread.once('exit', (code) => fail(new Error(`its thread ended with code ${code}`)));
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    begin.then(() => {
      hasBegun = true;
      thread.postMessage(BEGIN);
      if (timeoutMs === undefined) return;
      watchdog = setTimeout(() => cut(new Error(`it took longer than ${timeoutMs / 1000} s`)), timeoutMs);
    }, cut);
  });
}

/**
 * In the thread: waits until it may begin, then answers with what `work` makes of the data.
 * @param code of an error that has none
 */
export function answerOnce<D, T>(work: (data: D) => T | Promise<T>, code: ErrorCode): void {
  const port = parentPort;
  if (!port) throw new Error('a one-shot entry is for worker threads');
  port.once('message', async () => {
    let result: Result<T>;
    try {
      result = { value: await work(workerData) };
    } catch (error) {
      result = { error: toWire(toServiceError(error, code)) };
    }
    port.postMessage(result);
  });
}
