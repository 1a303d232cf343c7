/**
 * Engine over the npm package openvino-node. Its compiled models cannot cross threads, so every worker compiles its
 * own, for one core. A worker that uses it is stopped by message, never by `terminate()`: that aborts the process.
 *
 * Calls that abort instead of throwing are not made here: asynchronous compiling, `shape` of a dynamic port,
 * `anyName` of an unnamed one, properties that may not exist. `inferAsync` holds one lock for the whole process.
 * @see https://github.com/openvinotoolkit/openvino/blob/master/src/bindings/js/node/lib/addon.ts
 */
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ErrorCode, messageOf, ServiceError } from '../../std/errors.js';
import { withDeviceAdvice } from '../devices.js';
import {
  type CompiledModel,
  type CompileOptions,
  type Engine,
  type InferRequest,
  type Port,
  tidyMessage,
} from '../engine.js';
import { checkModelFile } from '../model-file.js';
import { type FoundPort, isDynamic, type SelectedPorts, selectInput, selectOutputs } from '../ports.js';
import { createInputBuffer, createOutputBuffer, type NativeData } from '../tensor-buffers.js';
import type { Addon, NativeCompiledModel, NativeCore, NativeModel, NativePort, NativeTensor } from './addon.js';

/**
 * `infer()` leaves copies of all outputs that the collector cannot see; it is called after this many bytes of them, of all
 * requests of a thread. They are freed in the next turn of the event loop, so that a loop of inferences needs turns.
 */
const GARBAGE_LIMIT_BYTES = 2 ** 24;

/** @throws {ServiceError} ERR_RUNTIME_LOAD when the package or its native part does not load */
export function createNodeEngine(): Engine {
  const require = createRequire(import.meta.url);
  return engineOver(loadAddon(() => (require('openvino-node') as { readonly addon: Addon }).addon));
}

/** What fails here is the dynamic loader: files of the package that are missing, cut or of another release. */
export function loadAddon(load: () => Addon): Addon {
  try {
    return load();
  } catch (cause) {
    const remedy = 'Get it anew: npm rebuild openvino-node, or set engine to auto and run the set-up';
    const text = `Cannot load openvino-node as its native part must load: ${messageOf(cause).trim().slice(0, 1000)}. ${remedy}`;
    throw new ServiceError('ERR_RUNTIME_LOAD', text, { cause });
  }
}

/** @param collect given by tests. @throws {ServiceError} ERR_RUNTIME_LOAD */
export function engineOver(addon: Addon, collect: () => void = minorCollection()): Engine {
  const core = attempt('ERR_RUNTIME_LOAD', 'create an OpenVINO core', () => new addon.Core());
  const noteGarbage = createGarbageMeter(collect);
  return {
    name: 'openvino-node',
    version: core.getVersions('CPU')['CPU']?.buildNumber ?? 'unknown',
    devices: () => core.getAvailableDevices(),
    compile: (modelPath, options) => compile({ addon, core, noteGarbage }, modelPath, options),
    release: () => undefined, // it shares nothing
    attach() {
      throw new Error('openvino-node cannot use a model that another thread compiled');
    },
    close() {}, // freed with the last reference, as the package offers nothing else
  };
}

interface Runtime {
  readonly addon: Addon;
  readonly core: NativeCore;
  readonly noteGarbage: (bytes: number) => void;
}

function compile(runtime: Runtime, modelPath: string, options: CompileOptions): CompiledModel {
  const { addon, core } = runtime;
  const path = checkModelFile(modelPath);
  const { device, precision } = options;
  // As in the C API engine: a file that changes under a mapped model crashes or falsifies.
  attempt('ERR_MODEL_LOAD', 'switch mmap off', () => core.setProperty('CPU', { ENABLE_MMAP: 'NO' }));
  const model = attempt('ERR_MODEL_LOAD', `read the model ${path}`, () => core.readModelSync(path));
  const shaped = withFixedShape(model, options.inputSize);
  convertOutputs(addon, shaped); // it is refused before the long part
  const compileShaped = () =>
    withDeviceAdvice(device, () =>
      attempt('ERR_MODEL_LOAD', `compile the model ${path} for ${device}`, () =>
        core.compileModelSync(shaped, device, propertiesOf(options)),
      ),
    );
  const first = compileShaped();
  const compiled = convertInput(addon, shaped, inputTypeOf(first)) ? compileShaped() : first;
  const ports = selectPorts(shaped, compiled, options.output);
  const precisionHint = attempt('ERR_MODEL_LOAD', "read the model's precision", () =>
    compiled.getProperty('INFERENCE_PRECISION_HINT'),
  );
  return {
    input: ports.input,
    outputs: ports.outputs.map(({ port }) => port),
    deviceName: device,
    precision: String(precisionHint) || precision,
    shared: undefined,
    createInferRequest: () => createInferRequest(runtime, compiled, ports),
    close() {},
  };
}

/** A port does not tell its element type; only a tensor of a request does, when the model is compiled. */
function withFixedShape(model: NativeModel, size: CompileOptions['inputSize']): NativeModel {
  const inputs = inputsOf(model, undefined);
  const { shape } = selectInput(inputs, size);
  if (!inputs[0]?.dimensions.includes(-1)) return model;
  return attempt('ERR_MODEL_CONTRACT', `set the model's input to [${shape}]`, () => model.reshape(`[${shape}]`));
}

/** Each output that is a map gets the element type that it is bound as. @throws {ServiceError} ERR_MODEL_CONTRACT */
function convertOutputs(addon: Addon, model: NativeModel): void {
  const found = foundOutputs(model);
  const converted = selectOutputs(found).filter(({ index, port }) => found[index]?.elementType !== port.elementType);
  if (converted.length === 0) return;
  attempt('ERR_MODEL_LOAD', "convert the model's outputs", () => {
    const steps = new addon.preprocess.PrePostProcessor(model);
    for (const { index, port } of converted) steps.output(index).tensor().setElementType(port.elementType);
    steps.build();
  });
}

/**
 * True when the input now has another element type than it was compiled with: the port tells it only of a compiled
 * model.
 */
function convertInput(addon: Addon, model: NativeModel, elementType: string): boolean {
  const bound = selectInput(inputsOf(model, elementType)).elementType;
  if (bound === elementType) return false;
  attempt('ERR_MODEL_LOAD', "convert the model's input", () => {
    const steps = new addon.preprocess.PrePostProcessor(model);
    steps.input(0).tensor().setElementType(bound);
    steps.build();
  });
  return true;
}

function inputTypeOf(compiled: NativeCompiledModel): string {
  const request = attempt('ERR_MODEL_LOAD', 'create an infer request', () => compiled.createInferRequest());
  return request.getInputTensor(0).getElementType();
}

function inputsOf(model: NativeModel, elementType: string | undefined): FoundPort[] {
  return model.inputs.map((port) => ({ name: undefined, elementType, dimensions: dimensionsOf(port) }));
}

/** @param asked the name by which one of the outputs is to go, if it has it among others */
function selectPorts(model: NativeModel, compiled: NativeCompiledModel, asked: string | undefined): SelectedPorts {
  const request = attempt('ERR_MODEL_LOAD', 'create an infer request', () => compiled.createInferRequest());
  const input = selectInput(inputsOf(model, request.getInputTensor(0).getElementType()));
  // `infer` names every output of its answer and throws when one has no name; after it, `anyName` is safe.
  inferNamed(request);
  const first = asked === undefined ? undefined : firstNameOf(compiled, asked);
  const outputs = selectOutputs(foundOutputs(model)).map(({ index, port }) => {
    const name = compiled.outputs[index]?.anyName ?? '';
    return { index, port: { ...port, name: asked !== undefined && name === first ? asked : name } };
  });
  return { input, outputs };
}

/** @throws {ServiceError} ERR_MODEL_CONTRACT with what can be done, as exports of Ultralytics in OpenVINO's format are such models */
function inferNamed(request: ReturnType<NativeCompiledModel['createInferRequest']>): void {
  try {
    request.infer();
  } catch (error) {
    const reason = tidyMessage(messageOf(error));
    if (!reason.includes('without names')) {
      throw new ServiceError('ERR_MODEL_LOAD', `Cannot run the model once as OpenVINO says: ${reason}`, {
        cause: error,
      });
    }
    const text =
      'Cannot use the model with openvino-node as each of its outputs must have a name: an output has none. Set engine to openvino-capi (npm run setup), or take the model as .onnx';
    throw new ServiceError('ERR_MODEL_CONTRACT', text, { cause: error });
  }
}

/** The first name of the output that also goes by `name`; undefined when none does. */
function firstNameOf(compiled: NativeCompiledModel, name: string): string | undefined {
  try {
    return compiled.output(name).anyName;
  } catch {
    return undefined;
  }
}

function foundOutputs(model: NativeModel): FoundPort[] {
  return model.outputs.map((port, index) => ({
    name: undefined,
    elementType: model.getOutputElementType(index),
    dimensions: dimensionsOf(port),
  }));
}

function dimensionsOf(port: NativePort): number[] {
  return port
    .getPartialShape()
    .getDimensions()
    .map((size) => (typeof size === 'number' && size >= 0 ? size : -1));
}

/** One model a worker, one thread a model; pinned, all workers would sit on the first core. */
function propertiesOf({ device, precision }: CompileOptions): Record<string, string> {
  return {
    PERFORMANCE_HINT: 'THROUGHPUT',
    NUM_STREAMS: '1',
    ...(device === 'CPU' ? { INFERENCE_NUM_THREADS: '1', ENABLE_CPU_PINNING: 'NO' } : {}),
    ...(precision === 'auto' ? {} : { INFERENCE_PRECISION_HINT: precision }),
  };
}

/**
 * Arrays are bound without a copy only if they span their buffer; the tensor does not keep them alive, `bound` does.
 */
function createInferRequest(
  { addon, noteGarbage }: Runtime,
  compiled: NativeCompiledModel,
  { input, outputs }: SelectedPorts,
): InferRequest {
  const request = attempt('ERR_MODEL_LOAD', 'create an infer request', () => compiled.createInferRequest());
  const bound: unknown[] = [];
  const tensorOver = (port: Port, data: NativeData): NativeTensor => {
    const tensor = new addon.Tensor(port.elementType, [...port.shape], data);
    bound.push(tensor, data);
    return tensor;
  };
  const inputData = createInputBuffer(input);
  const fixed = outputs.filter(({ port }) => !isDynamic(port));
  const buffers = fixed.map(({ port }) => createOutputBuffer(port));
  const values = outputs.map((output) => buffers[fixed.indexOf(output)]?.values ?? new Float32Array());
  attempt('ERR_MODEL_LOAD', "bind the model's tensors", () => {
    request.setInputTensor(0, tensorOver(input, inputData));
    for (const [at, { index, port }] of fixed.entries()) {
      request.setOutputTensor(index, tensorOver(port, buffers[at]?.native ?? new Float32Array()));
    }
  });
  const garbageBytes = buffers.reduce((sum, { native }) => sum + native.byteLength, 0);
  const converted = buffers.filter(({ native, values }) => native !== values);
  return {
    input: inputData,
    outputs: values,
    infer() {
      if (bound.length === 0)
        throw new ServiceError('ERR_INFERENCE', 'Cannot run the inference as the request must be open: closed');
      attempt('ERR_INFERENCE', 'run the inference', () => request.infer());
      for (const output of converted) output.convert();
      for (const [at, { index, port }] of outputs.entries()) {
        if (isDynamic(port)) values[at] = Float32Array.from(request.getOutputTensor(index).data ?? [], Number);
      }
      noteGarbage(garbageBytes);
    },
    close() {
      bound.length = 0;
    },
  };
}

function createGarbageMeter(collect: () => void): (bytes: number) => void {
  let waitingBytes = 0;
  return (bytes) => {
    waitingBytes += bytes;
    if (waitingBytes < GARBAGE_LIMIT_BYTES) return;
    waitingBytes = 0;
    collect();
  };
}

/** A collection of the young generation, where the wrappers of those copies are; V8 offers it only behind a flag. */
function minorCollection(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: (options: { type: 'minor' }) => void = runInNewContext('gc');
  return () => gc({ type: 'minor' });
}

function attempt<T>(code: ErrorCode, action: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const reason = tidyMessage(messageOf(error));
    throw new ServiceError(code, `Cannot ${action} as OpenVINO says: ${reason}`, { cause: error });
  }
}
