/**
 * A thread that compiles the model once for all workers and ends; the compiled model stays in the process. Compiling can
 * take minutes and cannot be cancelled, so it never runs on the main thread. It loads its code before it may begin.
 */
import { workerData } from 'node:worker_threads';
import { createEngine, loadEngine } from '../engine/create-engine.js';
import { defined } from '../std/defined.js';
import { measureNativeMemory } from '../std/libc.js';
import { answerOnce } from '../std/one-shot-thread.js';
import type { Compiled, CompileTask } from './protocol/one-shot.js';

const loaded = loadEngine((workerData as CompileTask).engine);

answerOnce(async ({ engine: choice, path, compile }: CompileTask): Promise<Compiled> => {
  await loaded;
  const engine = await createEngine(choice);
  const takenBytes = measureNativeMemory();
  const model = engine.compile(path, compile);
  const { shared, deviceName, precision, input } = model;
  const memory = defined({ memoryBytes: takenBytes() });
  return { shared, engineVersion: engine.version, deviceName, precision, input, ...memory };
}, 'ERR_MODEL_LOAD');
