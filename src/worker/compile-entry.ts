/**
 * A thread that compiles the model once for all workers and ends; the compiled model stays in the process. Compiling can
 * take minutes and cannot be cancelled, so it never runs on the main thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { toServiceError } from '../errors.js';
import { createEngine } from '../inference/create-engine.js';
import { type CompileReply, toWire, type WorkerSetup } from './protocol.js';

if (!parentPort) throw new Error('compile-entry is for worker threads');
const setup = workerData as WorkerSetup;

let reply: CompileReply;
try {
  const engine = await createEngine(setup.engine);
  const model = engine.compile(setup.model.path, setup.compile);
  reply = {
    type: 'compiled',
    shared: model.shared,
    engineVersion: engine.version,
    deviceName: model.deviceName,
    precision: model.precision,
    input: model.input,
  };
} catch (error) {
  reply = { type: 'not-compiled', error: toWire(toServiceError(error, 'ERR_MODEL_LOAD')) };
}
parentPort.postMessage(reply);
