/** A worker thread as the pool sees it: the worker's protocol and its end, nothing else. Tests put a fake in its place. */

import { Worker } from 'node:worker_threads';
import { toError } from '../std/errors.js';
import { createProgress } from '../worker/protocol/progress.js';
import type { Reply, Request, WorkerData } from '../worker/protocol/worker.js';

export interface WorkerThread {
  post(request: Request, transfer?: readonly ArrayBuffer[]): void;
  /** Id of the job that the thread began last, as far as it can be told: it stands in memory that is shared with it. */
  inWork(): number | undefined;
  /** Cuts JavaScript at once; a native call holds it until it returns. */
  terminate(): void;
  /** Resolves at the thread's end to what it died of, or to undefined when it ended by itself with code 0. */
  readonly ended: Promise<Error | undefined>;
}

export type SpawnThread = (onReply: (reply: Reply) => void) => WorkerThread;

/**
 * Pictures live outside of the JavaScript heap, so its young generation may stay small; and a worker whose heap grows without
 * end dies alone instead of the process.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 512 };

export function threadSpawner(entry: URL, data: Omit<WorkerData, 'progress'>): SpawnThread {
  return (onReply) => {
    const progress = createProgress();
    const workerData: WorkerData = { ...data, progress: progress.memory };
    const worker = new Worker(entry, { workerData, name: 'flawline-worker', resourceLimits: RESOURCE_LIMITS });
    let cause: Error | undefined;
    worker.on('message', onReply);
    worker.on('messageerror', (error) => {
      cause ??= error;
    });
    worker.on('error', (error: unknown) => {
      cause ??= toError(error);
    });
    const ended = new Promise<Error | undefined>((resolve) => {
      worker.on('exit', (code) =>
        resolve(cause ?? (code === 0 ? undefined : new Error(`thread ended with code ${code}`))),
      );
    });
    return {
      ended,
      inWork: () => progress.inWork(),
      post(request, transfer = []) {
        if (request.type === 'stop') progress.drop();
        worker.postMessage(request, [...transfer]);
      },
      terminate: () => void worker.terminate(),
    };
  };
}
