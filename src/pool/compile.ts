/** Has the model compiled once for all workers, on a thread of its own with a watchdog. */
import { Worker } from 'node:worker_threads';
import { ServiceError } from '../std/errors.js';
import { fromWire } from '../std/wire-error.js';
import type { CompileReply, CompileRequest, WorkerSetup } from '../worker/protocol/worker.js';

export type Compiled = Extract<CompileReply, { readonly type: 'compiled' }>;

export interface CompileModelOptions {
  /** Of the compilation alone; it cannot be cut. */
  readonly timeoutMs: number;
  /** Until it resolves the thread loads only its own code, nothing of the runtime; absent: it may. */
  readonly allowed?: Promise<unknown> | undefined;
}

/**
 * @throws {ServiceError} ERR_MODEL_LOAD, ERR_MODEL_CONTRACT or ERR_RUNTIME_LOAD as the thread says; ERR_MODEL_LOAD when it
 * takes longer than `timeoutMs`: the native call then goes on until the process is killed. What `allowed` rejects with.
 */
export function compileModel(
  entry: URL,
  setup: WorkerSetup,
  { timeoutMs, allowed = Promise.resolve() }: CompileModelOptions,
): Promise<Compiled> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry, { workerData: setup, name: 'flawline-compile' });
    let watchdog: NodeJS.Timeout | undefined;
    const start = (): void => {
      watchdog = setTimeout(() => reject(tooSlow(setup, timeoutMs)), timeoutMs);
      worker.postMessage({ type: 'compile' } satisfies CompileRequest);
    };
    const giveUp = (reason: unknown): void => {
      reject(reason);
      void worker.terminate();
    };
    allowed.then(start, giveUp);
    worker.once('message', (reply: CompileReply) => {
      clearTimeout(watchdog);
      if (reply.type === 'compiled') resolve(reply);
      else reject(fromWire(reply.error));
    });
    // After the message these change nothing: a promise settles once.
    worker.once('error', (cause) =>
      reject(new ServiceError('ERR_MODEL_LOAD', `Cannot compile the model: ${cause}`, { cause })),
    );
    worker.once('exit', (code) => {
      clearTimeout(watchdog);
      reject(new ServiceError('ERR_MODEL_LOAD', `Cannot compile the model as its thread ended with code ${code}`));
    });
  });
}

function tooSlow({ model }: WorkerSetup, timeoutMs: number): ServiceError {
  const text = `Cannot use the model as it must compile within ${timeoutMs / 1000} s: ${model.path} takes longer`;
  return new ServiceError('ERR_MODEL_LOAD', text, { details: { timeoutMs, path: model.path } });
}
