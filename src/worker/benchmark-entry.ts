/** A thread that does nothing but infer, for `bench`: several of them give the pace that no service can exceed. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { createEngine } from '../engine/create-engine.js';
import { answerOnce } from '../std/one-shot-thread.js';
import type { BenchmarkTask } from './protocol/one-shot.js';

/** Resolves to the number of inferences. */
answerOnce(async ({ engine: choice, path, compile, shared, seconds }: BenchmarkTask): Promise<number> => {
  const engine = await createEngine(choice);
  const model = shared ? engine.attach(shared) : engine.compile(path, compile);
  const request = model.createInferRequest();
  request.infer();
  const endMs = performance.now() + seconds * 1000;
  let count = 0;
  while (performance.now() < endMs) {
    request.infer();
    count += 1;
    await setImmediate(); // openvino-node frees its copies of outputs in a turn of the event loop only
  }
  request.close();
  model.close();
  engine.close();
  return count;
}, 'ERR_INFERENCE');
