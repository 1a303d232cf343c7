/** Has the model compiled once for all workers, on a thread of its own with a watchdog. */
import { Worker } from 'node:worker_threads';
import { ServiceError } from '../errors.js';
import { type CompileReply, fromWire, type WorkerSetup } from '../worker/protocol.js';

export type Compiled = Extract<CompileReply, { readonly type: 'compiled' }>;

/**
 * @throws {ServiceError} ERR_MODEL_LOAD, ERR_MODEL_CONTRACT or ERR_RUNTIME_LOAD as the thread says; ERR_MODEL_LOAD when it
 * takes longer than `timeoutMs`. The native call then goes on until the process is killed.
 */
export function compileModel(entry: URL, setup: WorkerSetup, timeoutMs: number): Promise<Compiled> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry, { workerData: setup, name: 'flawline-compile' });
    const watchdog = setTimeout(() => {
      reject(
        new ServiceError(
          'ERR_MODEL_LOAD',
          `Cannot use the model as it must compile within ${timeoutMs / 1000} s: ${setup.model.path} takes longer`,
          { details: { timeoutMs, path: setup.model.path } },
        ),
      );
    }, timeoutMs);
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
