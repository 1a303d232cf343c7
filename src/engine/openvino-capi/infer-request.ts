/** One infer request with its own buffers, bound once; by a second compilation of the model too, if it gets one. */
import type { Allocate, InferRequest, Port } from '../engine.js';
import { isDynamic, type SelectedOutput } from '../ports.js';
import {
  createDynamicBuffer,
  createInputBuffer,
  createOutputBuffer,
  type DynamicBuffer,
  type NativeData,
} from '../tensor-buffers.js';
import { type Handle, type OpenVino, readBytes, type Slot } from './bindings.js';
import type { ElementTypes } from './element-types.js';
import { check, scoped } from './status.js';

export interface InferRequestOptions {
  readonly compiled: Handle;
  readonly ports: { readonly input: Port; readonly outputs: readonly SelectedOutput[] };
  readonly allocate?: Allocate;
}

interface Library {
  readonly ov: OpenVino;
  readonly types: ElementTypes;
}

/** A tensor over a buffer, and the port it belongs to. */
interface Binding {
  readonly name: string;
  /** The index of an output; undefined for the input. */
  readonly output?: number;
  readonly tensor: Handle;
}

/** Status -11, "inference not started": what a closed request answers instead of touching freed memory. */
const CLOSED = -11;
/** Of an output of dynamic shape before the first inference. */
const NONE = new Float32Array(0);

/** @throws {ServiceError} ERR_MODEL_LOAD */
export function createInferRequest(library: Library, { compiled, ports, allocate }: InferRequestOptions): InferRequest {
  const { ov } = library;
  const input = createInputBuffer(ports.input, allocate);
  const fixed = ports.outputs.filter(({ port }) => !isDynamic(port));
  const outputs = fixed.map(({ port, index }) => ({ port, index, buffer: createOutputBuffer(port, allocate) }));
  const dynamic = ports.outputs.flatMap(({ port, index }, at) =>
    isDynamic(port) ? [{ at, index, name: port.name, buffer: createDynamicBuffer(port) }] : [],
  );
  const values = ports.outputs.map(
    ({ index }) => outputs.find((output) => output.index === index)?.buffer.values ?? NONE,
  );
  // OpenVINO writes to where these buffers are, and nothing else keeps them alive while someone holds only `infer`.
  const buffers: NativeData[] = [input, ...outputs.map(({ buffer }) => buffer.native)];
  const converted = outputs.map(({ buffer }) => buffer).filter(({ native, values }) => native !== values);
  const bindings: Binding[] = [];
  let throughput: Handle | undefined;
  let latency: Handle | undefined;

  const close = (): void => {
    for (const request of [throughput, latency]) if (request !== undefined) ov.requestFree(request);
    for (const { tensor } of bindings) ov.tensorFree(tensor);
    throughput = undefined;
    latency = undefined;
    bindings.length = 0;
    buffers.length = 0;
  };

  try {
    bindings.push({ name: ports.input.name, tensor: createTensor(library, ports.input, input) });
    for (const { port, index, buffer } of outputs) {
      bindings.push({ name: port.name, output: index, tensor: createTensor(library, port, buffer.native) });
    }
    throughput = openRequest(ov, compiled, bindings);
  } catch (error) {
    close();
    throw error;
  }
  return {
    input,
    outputs: values,
    infer(mode) {
      const request = mode === 'latency' ? (latency ?? throughput) : throughput;
      check(ov, request === undefined ? CLOSED : ov.requestInfer(request), 'ERR_INFERENCE', 'run the inference');
      for (const output of converted) output.convert();
      for (const { at, index, name, buffer } of dynamic) {
        readTensor(ov, { request: request ?? 0n, index, name }, buffer);
        values[at] = buffer.values();
      }
    },
    enableLatencyMode(shared) {
      if (latency !== undefined) ov.requestFree(latency);
      latency = undefined;
      if (shared !== undefined && throughput !== undefined) latency = openRequest(ov, shared.handle, bindings);
    },
    close,
  };
}

/** Copies an output of dynamic shape: where it lies may change with each inference. */
function readTensor(
  ov: OpenVino,
  { request, index, name }: { readonly request: Handle; readonly index: number; readonly name: string },
  buffer: DynamicBuffer,
): void {
  const slot: Slot = new BigUint64Array(1);
  const action = `read the output "${name}"`;
  check(ov, ov.requestGetOutputTensor(request, index, slot), 'ERR_INFERENCE', action);
  using tensor = scoped(slot[0] ?? 0n, ov.tensorFree);
  check(ov, ov.tensorGetSize(tensor.handle, slot), 'ERR_INFERENCE', action);
  const target = buffer.take(Number(slot[0]));
  if (target.length === 0) return;
  check(ov, ov.tensorData(tensor.handle, slot), 'ERR_INFERENCE', action);
  readBytes(slot[0] ?? 0n, target);
}

function createTensor({ ov, types }: Library, { name, elementType, shape }: Port, data: NativeData): Handle {
  const slot: Slot = new BigUint64Array(1);
  const dims = BigInt64Array.from(shape, BigInt);
  const status = ov.tensorCreateFromHostPtr(types.numberOf(elementType), { rank: shape.length, dims }, data, slot);
  check(ov, status, 'ERR_MODEL_LOAD', `make a tensor for "${name}"`);
  return slot[0] ?? 0n;
}

function openRequest(ov: OpenVino, compiled: Handle, bindings: readonly Binding[]): Handle {
  const slot: Slot = new BigUint64Array(1);
  check(ov, ov.compiledModelCreateInferRequest(compiled, slot), 'ERR_MODEL_LOAD', 'create an infer request');
  const request = slot[0] ?? 0n;
  try {
    for (const { name, output, tensor } of bindings) {
      const status =
        output === undefined
          ? ov.requestSetInputTensor(request, 0, tensor)
          : ov.requestSetOutputTensor(request, output, tensor);
      check(ov, status, 'ERR_MODEL_LOAD', `bind the tensor of "${name}"`);
    }
  } catch (error) {
    ov.requestFree(request);
    throw error;
  }
  return request;
}
