/** A thread that does nothing but infer, for `bench`: several of them give the pace that no service can exceed. */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../engine/create-engine.js';
import type { CeilingTask } from './protocol/worker.js';

if (!parentPort) throw new Error('ceiling-entry is for worker threads');
const { setup, shared, seconds } = workerData as CeilingTask;
const engine = await createEngine(setup.engine);
const model = shared ? engine.attach(shared) : engine.compile(setup.model.path, setup.compile);
const request = model.createInferRequest();
request.infer();
const endMs = performance.now() + seconds * 1000;
let count = 0;
while (performance.now() < endMs) {
  request.infer();
  count += 1;
}
request.close();
model.close();
engine.close();
parentPort.postMessage(count);
