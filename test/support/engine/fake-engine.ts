/**
 * An engine without OpenVINO, held to the same contract suite. It reads the ports of an IR model and answers, whatever the
 * model would compute, blue × 1/2048 + green × 2/2048 + red × 4/2048 at every pixel: exact in f32, above 0.5 where that
 * sum of bytes is above 1024. Plugged in by `EngineChoice.module`, whose query string asks for faults (see FakeOptions).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import koffi from 'koffi';
import type {
  CompiledModel,
  CompileOptions,
  Engine,
  EngineChoice,
  InferRequest,
  Port,
  SharedModel,
} from '../../../src/engine/engine.js';
import { checkModelFile } from '../../../src/engine/model-file.js';
import { countOf, layoutOf, selectInput, selectOutputs, sizeOf } from '../../../src/engine/ports.js';
import { ServiceError } from '../../../src/std/errors.js';
import { namesOf, readIr } from './fake-ir.js';

/** `fake-engine.js?delayMs=50&fault=throw&onCall=3`; nothing of it happens unless asked for. */
export interface FakeOptions {
  /** Every inference takes this long, blocking its thread as a real one does. */
  readonly delayMs?: number;
  /** Every compilation takes this long. */
  readonly compileDelayMs?: number;
  /**
   * What happens instead of an inference: an ERR_INFERENCE; an endless loop in JavaScript; an hour in native code, which
   * `terminate()` cannot cut; the end of the thread; all memory that its heap may have; a real SIGSEGV of the process, or SIGKILL; a wrong answer (all zero).
   */
  readonly fault?: 'throw' | 'hang' | 'native-hang' | 'exit' | 'out-of-memory' | 'crash' | 'kill' | 'wrong';
  /** Only at this inference of the thread, counted from 1. Without `onCall` and `onByte`: at every one. */
  readonly onCall?: number;
  /** Only for an input whose first number is this. */
  readonly onByte?: number;
  /** `throw`: every inference on all threads ends in ERR_INFERENCE. */
  readonly latency?: 'throw';
  /** Only once among all threads and processes that name the same file, which is created by the one that fails. */
  readonly once?: string;
  /** Compiling fails with ERR_MODEL_LOAD as long as this file exists. */
  readonly compileFailsWhile?: string;
  /** No two inferences of a thread agree as long as this file exists: its self-test fails. */
  readonly unsteadyWhile?: string;
  /** `no`: as openvino-node, every thread compiles its own. */
  readonly share?: 'yes' | 'no';
}

/** For EngineChoice: this module with these options. */
export function fakeEngine(options: FakeOptions = {}): EngineChoice {
  const url = new URL(import.meta.url);
  url.search = new URLSearchParams(
    Object.entries(options).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return { name: 'fake', module: url.href };
}

/** @public For create-engine.ts, by URL. */
export function createEngine(choice: EngineChoice): Engine {
  const options = optionsOf(choice);
  return {
    name: 'fake',
    version: 'fake',
    devices: () => ['CPU'],
    compile: (modelPath, compileOptions) => compile(modelPath, compileOptions, options),
    release: () => undefined,
    attach(shared) {
      if (options.share === 'no') throw new Error('this fake cannot use a model that another thread compiled');
      return compiledModel(shared, shared, options);
    },
    close() {},
  };
}

function compile(
  modelPath: string,
  { device, precision, inputSize, output }: CompileOptions,
  options: FakeOptions,
): CompiledModel {
  const path = checkModelFile(modelPath);
  sleep(options.compileDelayMs ?? 0);
  if (device !== 'CPU') throw new ServiceError('ERR_MODEL_LOAD', `Cannot compile as the device must be CPU: ${device}`);
  if (options.compileFailsWhile !== undefined && exists(options.compileFailsWhile)) {
    throw new ServiceError('ERR_MODEL_LOAD', 'Cannot compile as the test said so');
  }
  const found = readIr(path);
  const input = selectInput(found.inputs, inputSize);
  const closed = found.outputs.map((port) => ({
    ...port,
    // Both are NCHW, or both NHWC: what is open in one axis of the output is open in that of the input.
    dimensions: port.dimensions.map((d, axis) => (d === -1 ? (input.shape[axis] ?? 1) : d)),
  }));
  const outputs = selectOutputs(closed).map(({ port }) => {
    const names = namesOf(port);
    const name = (output !== undefined && names.includes(output) ? output : names[0]) ?? '';
    return { ...port, name };
  });
  const shared = {
    handle: 1n,
    input,
    outputs,
    deviceName: device,
    precision: precision === 'auto' ? 'f32' : precision,
  };
  return compiledModel(shared, options.share === 'no' ? undefined : shared, options);
}

function compiledModel(model: SharedModel, shared: SharedModel | undefined, options: FakeOptions): CompiledModel {
  const { input, outputs, deviceName, precision } = model;
  let calls = 0;
  return {
    input,
    outputs,
    deviceName,
    precision,
    shared,
    createInferRequest: () => createInferRequest(input, outputs, (first) => faultNow(options, ++calls, first), options),
    close() {},
  };
}

function createInferRequest(
  input: Port,
  outputs: readonly Port[],
  faultFor: (firstNumber: number) => FakeOptions['fault'],
  { delayMs = 0, latency, unsteadyWhile }: FakeOptions,
): InferRequest {
  const inputData = input.elementType === 'u8' ? new Uint8Array(countOf(input)) : new Float32Array(countOf(input));
  const outputData = outputs.map((port) => new Float32Array(countOf(port)));
  const isTruth = outputs.map(({ elementType }) => elementType === 'u8'); // what a boolean map is bound as
  let open = true;
  let hasLatencyMode = false;
  let inferences = 0;
  return {
    input: inputData,
    outputs: outputData,
    enableLatencyMode(shared) {
      if (shared !== undefined && countOf(shared.input) !== countOf(input)) {
        hasLatencyMode = false;
        throw new ServiceError('ERR_MODEL_LOAD', 'Cannot use the compilation as it must be of the same model');
      }
      hasLatencyMode = shared !== undefined;
    },
    infer(mode) {
      if (!open)
        throw new ServiceError('ERR_INFERENCE', 'Cannot run the inference as the request must be open: closed');
      if (hasLatencyMode && mode === 'latency' && latency === 'throw') fail('throw');
      sleep(delayMs);
      const fault = faultFor(inputData[0] ?? 0);
      if (fault !== undefined && fault !== 'wrong') fail(fault);
      for (const [at, data] of outputData.entries()) {
        if (fault === 'wrong') data.fill(0);
        else answer(input, inputData, data);
        if (isTruth[at]) for (const [i, value] of data.entries()) data[i] = Math.ceil(value);
      }
      inferences += 1;
      if (unsteadyWhile !== undefined && exists(unsteadyWhile)) for (const data of outputData) data.fill(inferences);
    },
    close() {
      open = false;
    },
  };
}

function answer(input: Port, data: Uint8Array | Float32Array, output: Float32Array): void {
  const { width, height } = sizeOf(input);
  const pixels = width * height;
  const [step, plane] = layoutOf(input) === 'NHWC' ? [3, 1] : [1, pixels];
  for (let i = 0; i < output.length; i++) {
    const at = (output.length === pixels ? i : i % pixels) * step;
    const sum = (data[at] ?? 0) + 2 * (data[at + plane] ?? 0) + 4 * (data[at + 2 * plane] ?? 0);
    output[i] = sum / 2048;
  }
}

function faultNow(options: FakeOptions, call: number, firstNumber: number): FakeOptions['fault'] {
  const { fault, onCall, onByte, once } = options;
  if (fault === undefined) return undefined;
  if (onCall !== undefined && onCall !== call) return undefined;
  if (onByte !== undefined && onByte !== firstNumber) return undefined;
  return once === undefined || claim(once) ? fault : undefined;
}

function fail(fault: Exclude<FakeOptions['fault'], 'wrong' | undefined>): void {
  switch (fault) {
    case 'throw':
      throw new ServiceError('ERR_INFERENCE', 'Cannot run the inference as the test said so');
    case 'hang':
      for (;;);
    case 'native-hang':
      koffi.load(null).func('int sleep(uint seconds)')(3600);
      return;
    case 'exit':
      process.exit(9);
      break;
    case 'out-of-memory':
      for (const all: number[][] = []; ; ) all.push(new Array(100_000).fill(all.length + 0.5));
    case 'crash':
      process.kill(process.pid, 'SIGSEGV');
      sleep(10_000);
      break;
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
  }
}

/** True for the first that asks, across threads and processes. */
function claim(file: string): boolean {
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function optionsOf({ module }: EngineChoice): FakeOptions {
  const query = new URL(module ?? import.meta.url).searchParams;
  const number = (key: string) => (query.has(key) ? { [key]: Number(query.get(key)) } : {});
  const word = (key: string) => (query.has(key) ? { [key]: query.get(key) } : {});
  return {
    ...number('delayMs'),
    ...number('compileDelayMs'),
    ...number('onCall'),
    ...number('onByte'),
    ...word('fault'),
    ...word('once'),
    ...word('compileFailsWhile'),
    ...word('unsteadyWhile'),
    ...word('share'),
    ...word('latency'),
  } as FakeOptions;
}
