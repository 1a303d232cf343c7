/** A thread of the contract suite: its own engine and infer request over a shared model, or over one it compiles itself. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../../src/engine/create-engine.js';
import type { CompileOptions, EngineChoice, SharedModel } from '../../src/engine/engine.js';

export interface ThreadTask {
  readonly choice: EngineChoice;
  readonly modelPath: string;
  readonly compile: CompileOptions;
  readonly shared: SharedModel | undefined;
  /** One inference for each; the input is filled with it. */
  readonly fills: readonly number[];
}

/** The first number of the output after each inference. */
export type ThreadAnswer = readonly number[];

const { choice, modelPath, compile, shared, fills }: ThreadTask = workerData;
const engine = await createEngine(choice);
const model = shared === undefined ? engine.compile(modelPath, compile) : engine.attach(shared);
const request = model.createInferRequest();
const answers: ThreadAnswer = fills.map((fill) => {
  request.input.fill(fill);
  request.infer();
  return request.outputs[0]?.[0] ?? Number.NaN;
});
request.close();
model.close();
engine.close();
parentPort?.postMessage(answers);
