/** What the contract of engines looks at the process by: its threads, its memory, its errors. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import type { ErrorCode } from '../../src/std/errors.js';
import type { ThreadAnswer, ThreadTask } from './engine-thread-main.js';

export function inThread(task: ThreadTask): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./engine-thread-main.js', import.meta.url), {
      workerData: task,
    });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** A full collection in a later turn, as a WeakRef holds its object for the turn that made it. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  await setImmediate();
  gc();
}

/** Memory without what V8 holds of its heap and does not use: how much that is, and for how long, is its own choice. */
export function footprint(): { readonly usedMib: number; readonly files: number; readonly threads: number } {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return {
    usedMib: Math.round((rss - heapTotal + heapUsed) / 2 ** 20),
    files: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  };
}

export function isError(code: ErrorCode, message = /^Cannot .* as .*: ./s) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}
