/**
 * Engine over libopenvino_c. One compiled model serves all threads of the process: its handle is a number that they
 * pass on, and each makes its own infer request from it.
 */
import { messageOf, ServiceError } from '../../std/errors.js';
import { withDeviceAdvice } from '../devices.js';
import type { CompiledModel, CompileOptions, Engine, EngineChoice, Port, SharedModel } from '../engine.js';
import { checkModelFile } from '../model-file.js';
import { type SelectedPorts, selectInput, selectOutputs } from '../ports.js';
import { bind, type Handle, type OpenVino, readInt64s, readString, type Slot } from './bindings.js';
import { type ElementTypes, probeElementTypes } from './element-types.js';
import { createInferRequest } from './infer-request.js';
import { firstNameOf, readCompiledPorts, readModelPorts } from './ports.js';
import { withConversions } from './preprocess.js';
import { check, scoped, takeString } from './status.js';

interface Runtime {
  readonly ov: OpenVino;
  readonly types: ElementTypes;
  readonly core: Handle;
}

/**
 * Close it after its models. @throws {ServiceError} ERR_RUNTIME_LOAD when the library is no OpenVINO that we can use
 */
export function createCapiEngine(choice: EngineChoice): Engine {
  const ov = load(choice.library);
  const version = readVersion(ov);
  const types = probeElementTypes(ov);
  const slot: Slot = new BigUint64Array(1);
  check(ov, ov.coreCreate(slot), 'ERR_RUNTIME_LOAD', 'create an OpenVINO core');
  const runtime: Runtime = { ov, types, core: slot[0] ?? 0n };
  // With mmap, truncating the .bin kills the process and overwriting it changes results, even after compiling.
  check(
    ov,
    ov.coreSetProperty(runtime.core, 'CPU', 'str', 'ENABLE_MMAP', 'str', 'NO'),
    'ERR_RUNTIME_LOAD',
    'switch mmap off',
  );
  let open = true;
  return {
    name: 'openvino-capi',
    version,
    devices: () => readDevices(runtime),
    compile: (modelPath, options) => compile(runtime, modelPath, options),
    attach: (shared) => openCompiled(runtime, shared, undefined),
    release: (shared) => ov.compiledModelFree(shared.handle),
    close() {
      if (open) ov.coreFree(runtime.core);
      open = false;
    },
  };
}

function compile(runtime: Runtime, modelPath: string, options: CompileOptions): CompiledModel {
  const { ov, types, core } = runtime;
  const path = checkModelFile(modelPath);
  const slot: Slot = new BigUint64Array(1);
  check(ov, ov.coreReadModel(core, path, null, slot), 'ERR_MODEL_LOAD', `read the model ${path}`);
  using model = scoped(slot[0] ?? 0n, ov.modelFree);

  const found = readModelPorts(ov, types, model.handle);
  const input = selectInput(found.inputs, options.inputSize);
  if (found.inputs.some((port) => port.dimensions.includes(-1))) reshape(ov, model.handle, input);
  const asRead = readModelPorts(ov, types, model.handle);
  const selected = { input, outputs: selectOutputs(asRead.outputs) }; // it is refused before the long part
  using converted = withConversions(runtime, model.handle, asRead, selected);
  // A compiled model may have lost names: those of the model count, and of several for one output the one asked for.
  const { output } = options;
  const firstName = output === undefined ? undefined : firstNameOf(ov, model.handle, output);
  const names = asRead.outputs.map(({ name }) => (output !== undefined && name === firstName ? output : name));

  const properties = propertiesOf(options);
  const status = ov.coreCompileModel(
    core,
    converted.handle,
    options.device,
    properties.length,
    slot,
    ...properties.flatMap((text) => ['str', text]),
  );
  withDeviceAdvice(options.device, () =>
    check(ov, status, 'ERR_MODEL_LOAD', `compile the model ${path} for ${options.device}`),
  );
  const handle = slot[0] ?? 0n;
  const describe = (key: string): string =>
    ov.compiledModelGetProperty(handle, key, slot) === 0 ? takeString(ov, slot) : '';
  const { outputs } = selectPorts(runtime, handle);
  const shared: SharedModel = {
    handle,
    input,
    outputs: outputs.map(({ port, index }) => ({ ...port, name: names[index] ?? port.name })),
    deviceName: describe('EXECUTION_DEVICES') || options.device,
    precision: describe('INFERENCE_PRECISION_HINT') || options.precision,
  };
  return openCompiled(runtime, shared, () => ov.compiledModelFree(handle));
}

/** `free` only for the one that compiled it: the others use it as long as that one keeps it open. */
function openCompiled(runtime: Runtime, shared: SharedModel, free: (() => void) | undefined): CompiledModel {
  const ports = selectPorts(runtime, shared.handle);
  let release = free;
  return {
    input: ports.input,
    outputs: shared.outputs,
    deviceName: shared.deviceName,
    precision: shared.precision,
    shared,
    createInferRequest: (allocate) =>
      createInferRequest(runtime, { compiled: shared.handle, ports, ...(allocate && { allocate }) }),
    close() {
      release?.();
      release = undefined;
    },
  };
}

function selectPorts({ ov, types }: Runtime, compiled: Handle): SelectedPorts {
  const found = readCompiledPorts(ov, types, compiled);
  return { input: selectInput(found.inputs), outputs: selectOutputs(found.outputs) };
}

function reshape(ov: OpenVino, model: Handle, input: Port): void {
  const rank = input.shape.length;
  const dims = BigInt64Array.from(input.shape.flatMap((size) => [BigInt(size), BigInt(size)]));
  const status = ov.modelReshapeSingleInput(model, { rank: { min: rank, max: rank }, dims });
  check(ov, status, 'ERR_MODEL_CONTRACT', `set the model's input to [${input.shape.join(',')}]`);
}

/** Key, value, key, value. By default as many threads as streams, so that every stream is one core's. */
function propertiesOf({ device, streams, threads = streams, precision, pinning }: CompileOptions): string[] {
  const hint = threads > streams ? 'LATENCY' : 'THROUGHPUT';
  const properties = ['PERFORMANCE_HINT', hint, 'NUM_STREAMS', String(streams)];
  if (device === 'CPU') properties.push('INFERENCE_NUM_THREADS', String(threads));
  if (device === 'CPU' && pinning === false) properties.push('ENABLE_CPU_PINNING', 'NO');
  if (precision !== 'auto') properties.push('INFERENCE_PRECISION_HINT', precision);
  return properties;
}

function load(library: string | undefined): OpenVino {
  if (library === undefined) throw new TypeError('The engine openvino-capi needs the path of libopenvino_c');
  try {
    return bind(library);
  } catch (error) {
    const reason = messageOf(error);
    throw new ServiceError('ERR_RUNTIME_LOAD', `Cannot load ${library} as it must be OpenVINO's C library: ${reason}`, {
      cause: error,
      details: { library },
    });
  }
}

/** ov_version_t: build number, description. */
function readVersion(ov: OpenVino): string {
  const version: Slot = new BigUint64Array(2);
  check(ov, ov.getVersion(version), 'ERR_RUNTIME_LOAD', "read OpenVINO's version");
  const text = readString(version[0] ?? 0n);
  ov.versionFree(version);
  return text;
}

/** ov_available_devices_t: pointer to names, their count. */
function readDevices({ ov, core }: Runtime): readonly string[] {
  const list: Slot = new BigUint64Array(2);
  check(ov, ov.coreGetAvailableDevices(core, list), 'ERR_RUNTIME_LOAD', 'list the devices');
  const devices = readInt64s(list[0] ?? 0n, Number(list[1])).map(readString);
  ov.availableDevicesFree(list);
  return devices;
}
