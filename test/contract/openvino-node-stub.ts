/**
 * openvino-node's interface without its native part, for the adapter's own logic. Where the real one aborts the process,
 * or answers with garbage in silence, this one throws. It computes what the models of ir.ts compute.
 */
import { resolve } from 'node:path';
import type { Engine } from '../../src/engine/engine.js';
import type {
  Addon,
  NativeCompiledModel,
  NativeCore,
  NativeInferRequest,
  NativeModel,
  NativePort,
  NativePreprocessing,
  NativeTensor,
} from '../../src/engine/openvino-node/addon.js';
import { engineOver } from '../../src/engine/openvino-node/engine.js';
import type { FoundPort } from '../../src/engine/ports.js';
import type { NativeData } from '../../src/engine/tensor-buffers.js';
import { namesOf, readIr } from '../support/engine/fake-ir.js';

/**
 * Bytes of the copies of outputs that every inference makes. A collection frees them, but only in the next turn of the
 * event loop; the real process grows instead of throwing.
 */
const copies = { bytes: 0, limit: 2 ** 25 };

function collect(): void {
  const { bytes } = copies;
  setImmediate(() => {
    copies.bytes -= bytes;
  });
}

/** @public For create-engine.ts, by URL. */
export function createEngine(): Engine {
  const addon: Addon = { Core: StubCore, Tensor: StubTensor, preprocess: { PrePostProcessor: StubPreprocessing } };
  return engineOver(addon, collect);
}

class StubCore implements NativeCore {
  #isMmapOff = false;
  getAvailableDevices(): string[] {
    return ['CPU'];
  }
  getVersions(device: string): Record<string, { readonly buildNumber: string }> {
    return { [device]: { buildNumber: 'stub' } };
  }
  setProperty(_device: string, properties: Record<string, string>): void {
    this.#isMmapOff = properties['ENABLE_MMAP'] === 'NO';
  }
  readModelSync(path: string): NativeModel {
    if (!this.#isMmapOff) throw new Error('mmap must be off before a model is read');
    const { inputs, outputs } = readIr(resolve(path));
    return new StubModel(inputs, outputs);
  }
  compileModelSync(model: NativeModel, device: string, config: Record<string, string>): NativeCompiledModel {
    if (device !== 'CPU') throw new Error(`Device with "${device}" name is not registered`);
    const { NUM_STREAMS, INFERENCE_NUM_THREADS, ENABLE_CPU_PINNING } = config;
    if (NUM_STREAMS !== '1' || INFERENCE_NUM_THREADS !== '1' || ENABLE_CPU_PINNING !== 'NO') {
      throw new Error('all workers would sit on one core');
    }
    if (!(model instanceof StubModel)) throw new Error('not a model');
    return new StubCompiledModel(model, config['INFERENCE_PRECISION_HINT'] ?? 'bf16');
  }
}

class StubModel implements NativeModel {
  /** Preprocessing replaces ports in it. */
  readonly found: { readonly inputs: FoundPort[]; readonly outputs: FoundPort[] };
  hasInferred = false;
  constructor(inputs: FoundPort[], outputs: FoundPort[]) {
    this.found = { inputs, outputs };
  }
  get inputs(): NativePort[] {
    return this.found.inputs.map((port) => stubPort(port, this));
  }
  get outputs(): NativePort[] {
    return this.found.outputs.map((port) => stubPort(port, this));
  }
  getOutputElementType(index: number): string {
    return this.found.outputs[index]?.elementType ?? '';
  }
  reshape(shape: string): NativeModel {
    const sizes: readonly number[] = JSON.parse(shape);
    const fixed = (port: FoundPort): FoundPort => ({
      ...port,
      dimensions: port.dimensions.map((size, axis) => (size === -1 ? (sizes[axis] ?? -1) : size)),
    });
    return new StubModel(this.found.inputs.map(fixed), this.found.outputs.map(fixed));
  }
}

class StubPreprocessing implements NativePreprocessing {
  readonly #model: StubModel;
  readonly #changes: (() => void)[] = [];
  constructor(model: NativeModel) {
    if (!(model instanceof StubModel)) throw new Error('not a model');
    this.#model = model;
  }
  input(index: number) {
    return this.#tensorOf(this.#model.found.inputs, index);
  }
  output(index: number) {
    return this.#tensorOf(this.#model.found.outputs, index);
  }
  build(): void {
    for (const change of this.#changes) change();
  }
  #tensorOf(ports: FoundPort[], index: number) {
    const setElementType = (elementType: string): void => {
      const port = ports[index];
      if (port === undefined) throw new Error('no such port');
      this.#changes.push(() => ports.splice(index, 1, { ...port, elementType }));
    };
    return { tensor: () => ({ setElementType }) };
  }
}

function stubPort(port: FoundPort, model: StubModel): NativePort {
  return {
    get anyName(): string {
      if (!model.hasInferred) throw new Error('abort: the tensor may have no name');
      return namesOf(port)[0] ?? '';
    },
    getPartialShape: () => ({
      getDimensions: () => port.dimensions.map((size): number | [number, number] => (size === -1 ? [0, -1] : size)),
    }),
  };
}

class StubCompiledModel implements NativeCompiledModel {
  readonly #model: StubModel;
  readonly #precision: string;
  constructor(model: StubModel, precision: string) {
    this.#model = model;
    this.#precision = precision;
  }
  get outputs(): NativePort[] {
    return this.#model.outputs;
  }
  output(name: string): NativePort {
    const port = this.#model.found.outputs.find((found) => namesOf(found).includes(name));
    if (port === undefined) throw new Error(`Tensor for name "${name}" is not found.`);
    return stubPort(port, this.#model);
  }
  getProperty(name: string): string {
    if (name !== 'INFERENCE_PRECISION_HINT') throw new Error('abort: unknown property');
    return this.#precision;
  }
  createInferRequest(): NativeInferRequest {
    return new StubInferRequest(this.#model);
  }
}

class StubTensor implements NativeTensor {
  readonly elementType: string;
  readonly data: NativeData;
  constructor(elementType: string, shape: number[], data: NativeData) {
    if (data.byteOffset !== 0 || data.byteLength !== data.buffer.byteLength)
      throw new Error('abort: a part of a buffer');
    if (data.length !== shape.reduce((product, size) => product * size, 1)) throw new Error('wrong length');
    this.elementType = elementType;
    this.data = data;
  }
  getElementType(): string {
    return this.elementType;
  }
}

class StubInferRequest implements NativeInferRequest {
  readonly #model: StubModel;
  #input: StubTensor;
  readonly #outputs: StubTensor[];
  constructor(model: StubModel) {
    this.#model = model;
    const { inputs, outputs } = model.found;
    this.#input = ownTensor(inputs[0]);
    this.#outputs = outputs.map(ownTensor);
  }
  getInputTensor(): NativeTensor {
    return this.#input;
  }
  setInputTensor(_index: number, tensor: NativeTensor): void {
    if (!(tensor instanceof StubTensor) || tensor.elementType !== this.#input.elementType)
      throw new Error('wrong type');
    this.#input = tensor;
  }
  setOutputTensor(index: number, tensor: NativeTensor): void {
    if (!(tensor instanceof StubTensor) || tensor.elementType !== this.#outputs[index]?.elementType)
      throw new Error('wrong type');
    this.#outputs[index] = tensor;
  }
  getOutputTensor(index: number): NativeTensor {
    const tensor = this.#outputs[index];
    if (tensor === undefined) throw new Error('no such output');
    return tensor;
  }
  infer(): Record<string, NativeTensor> {
    const { inputs, outputs } = this.#model.found;
    if (outputs.some(({ name }) => name === '')) throw new Error('Attempt to get a name for a Tensor without names');
    this.#model.hasInferred = true;
    copies.bytes += this.#outputs.reduce((sum, { data }) => sum + data.byteLength, 0);
    if (copies.bytes > copies.limit) throw new Error('abort: nobody collects the copies of the outputs');
    const isNhwc = inputs[0]?.dimensions[3] === 3;
    const data = Array.from(this.#input.data, Number);
    for (const { data: output, elementType } of this.#outputs) {
      const [step, plane] = isNhwc ? [3, 1] : [1, data.length / 3];
      for (let i = 0; i < output.length; i++) {
        const at = (i % (data.length / 3)) * step;
        const sum = (data[at] ?? 0) + 2 * (data[at + plane] ?? 0) + 4 * (data[at + 2 * plane] ?? 0);
        output[i] = elementType === 'u8' ? Math.ceil(sum / 2048) : sum / 2048; // a boolean map is bound as u8
      }
    }
    return {};
  }
}

function ownTensor(port: FoundPort | undefined): StubTensor {
  const { elementType = '', dimensions = [] } = port ?? {};
  const count = dimensions.reduce((product, size) => product * size, 1);
  return new StubTensor(
    elementType,
    [...dimensions],
    elementType === 'u8' ? new Uint8Array(count) : new Float32Array(count),
  );
}
