/**
 * A thread that compiles the model once for all workers and ends; the compiled model stays in the process. Compiling can
 * take minutes and cannot be cancelled, so it never runs on the main thread. It loads its code, and waits for the word.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine, loadEngine } from '../engine/create-engine.js';
import { toServiceError } from '../std/errors.js';
import { toWire } from '../std/wire-error.js';
import type { CompileReply, WorkerSetup } from './protocol/worker.js';

if (!parentPort) throw new Error('compile-entry is for worker threads');
const port = parentPort;
const setup = workerData as WorkerSetup;

const loaded = loadEngine(setup.engine);
port.once('message', () => void loaded.then(compile).then((reply) => port.postMessage(reply)));

async function compile(): Promise<CompileReply> {
  try {
    const engine = await createEngine(setup.engine);
    const model = engine.compile(setup.model.path, setup.compile);
    return {
      type: 'compiled',
      shared: model.shared,
      engineVersion: engine.version,
      deviceName: model.deviceName,
      precision: model.precision,
      input: model.input,
    };
  } catch (error) {
    return { type: 'not-compiled', error: toWire(toServiceError(error, 'ERR_MODEL_LOAD')) };
  }
}
