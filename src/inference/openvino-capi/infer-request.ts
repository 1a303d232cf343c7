/** One infer request with its own buffers, bound once. */
import type { Allocate, InferRequest, Port } from '../engine.js';
import { countOf, type FittingOutput } from '../model-contract.js';
import { createOutputBuffer, floatsOf, type NativeData } from '../output-buffer.js';
import type { Handle, OpenVino, Slot } from './bindings.js';
import type { ElementTypes } from './element-types.js';
import { check } from './status.js';

export interface InferRequestOptions {
  readonly compiled: Handle;
  readonly ports: { readonly input: Port; readonly outputs: readonly FittingOutput[] };
  readonly allocate: Allocate;
}

/** @throws {ServiceError} ERR_MODEL_LOAD */
export function createInferRequest(
  { ov, types }: { readonly ov: OpenVino; readonly types: ElementTypes },
  { compiled, ports, allocate }: InferRequestOptions,
): InferRequest {
  const slot: Slot = new BigUint64Array(1);
  check(ov, ov.compiledModelCreateInferRequest(compiled, slot), 'ERR_MODEL_LOAD', 'create an infer request');
  const request = slot[0] ?? 0n;
  const tensors: Handle[] = [];
  // OpenVINO writes to where these buffers are, and nothing else keeps them alive while someone holds only `infer`.
  const buffers: ArrayBufferView[] = [];
  let open = true;

  const close = (): void => {
    if (!open) return;
    open = false;
    for (const tensor of tensors) ov.tensorFree(tensor);
    ov.requestFree(request);
    buffers.length = 0;
  };
  const bind = <T extends NativeData>(
    port: Port,
    data: T,
    set: OpenVino['requestSetInputTensor'],
    index: number,
  ): T => {
    const dims = BigInt64Array.from(port.shape, BigInt);
    const shape = { rank: port.shape.length, dims };
    const type = types.numberOf(port.elementType);
    check(
      ov,
      ov.tensorCreateFromHostPtr(type, shape, data, slot),
      'ERR_MODEL_LOAD',
      `make a tensor for "${port.name}"`,
    );
    const tensor = slot[0] ?? 0n;
    tensors.push(tensor);
    buffers.push(data);
    check(ov, set(request, index, tensor), 'ERR_MODEL_LOAD', `bind the tensor of "${port.name}"`);
    return data;
  };

  try {
    const { input } = ports;
    const inputData =
      input.elementType === 'u8'
        ? allocate(countOf(input))
        : floatsOf(allocate(Float32Array.BYTES_PER_ELEMENT * countOf(input)));
    bind(input, inputData, ov.requestSetInputTensor, 0);
    const outputs = ports.outputs.map(({ port, index }) => {
      const buffer = createOutputBuffer(port, allocate);
      bind(port, buffer.native, ov.requestSetOutputTensor, index);
      return buffer;
    });
    const converted = outputs.filter(({ native, values }) => native !== values);
    return {
      input: inputData,
      outputs: outputs.map(({ values }) => values),
      infer() {
        check(ov, open ? ov.requestInfer(request) : CLOSED, 'ERR_INFERENCE', 'run the inference');
        for (const output of converted) output.convert();
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Status -11, "inference not started": what a closed request answers instead of touching freed memory. */
const CLOSED = -11;
