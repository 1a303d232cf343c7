/**
 * An inference engine in OpenVINO's own words: wide enough for both implementations and the fake, no wider.
 * One contract suite (`test/contract/engine.ts`) holds them all to this page.
 */

/** Inputs are u8 or f32. Outputs of integers are maps of class numbers. */
export type ElementType = 'u8' | 'f32' | 'i32' | 'i64';
export type Layout = 'NCHW' | 'NHWC';
export type Precision = 'f32' | 'bf16' | 'f16' | 'auto';
type EngineName = 'openvino-capi' | 'openvino-node' | 'fake';

/** The key `engine`: `auto` takes what is there, the C API first. */
export type EngineSetting = 'auto' | 'openvino-capi' | 'openvino-node';

/** Which engine and where its library is. Plain data: it crosses into workers. */
export interface EngineChoice {
  readonly name: EngineName;
  /** Absolute path of libopenvino_c (openvino-capi); absent otherwise. */
  readonly library?: string;
  /** URL of the module that exports `createEngine` (see create-engine.ts); given only by tests, to plug in a fake. */
  readonly module?: string;
}

export interface CompileOptions {
  readonly device: string;
  readonly precision: Precision;
  /** Parallel inferences the device is asked for, ≥ 1. */
  readonly streams: number;
  /** For a model that leaves height or width of its input open, in pixels. */
  readonly inputSize?: { readonly width: number; readonly height: number };
  /** Threads of all streams together; absent: one a stream. */
  readonly threads?: number;
  /** False: the system chooses the core of each stream. Absent: the device does. */
  readonly pinning?: boolean;
  /** An output that goes by this name among others is given under this one, where the engine can tell. */
  readonly output?: string;
}

/** A port of a model. A dynamic batch is set to 1; in outputs -1 stands for what depends on the picture. */
export interface Port {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: readonly number[];
}

/**
 * Handle of a compiled model that other threads of the process may attach to. Plain data.
 * An engine that cannot share leaves it undefined: each worker then compiles its own.
 */
export interface SharedModel {
  readonly handle: bigint;
  readonly input: Port;
  readonly outputs: readonly Port[];
  readonly deviceName: string;
  /** The precision that the device really runs. */
  readonly precision: string;
}

export interface Engine {
  readonly name: EngineName;
  /** The runtime's version, as it says itself. */
  readonly version: string;
  /** Devices the runtime offers ("CPU", …). */
  devices(): readonly string[];
  /**
   * Blocks for as long as it takes: call it on a thread that has a watchdog.
   * @throws {ServiceError} ERR_MODEL_LOAD when it cannot be read or compiled, ERR_MODEL_CONTRACT when it has not one
   * picture input and a map output (ports.ts), with what was expected.
   */
  compile(modelPath: string, options: CompileOptions): CompiledModel;
  /** Uses a model that another thread compiled. @throws {Error} when the engine cannot share. */
  attach(shared: SharedModel): CompiledModel;
  /** Frees a model that was compiled to be shared, when nothing is attached to it any more. */
  release(shared: SharedModel): void;
  close(): void;
}

export interface CompiledModel {
  readonly input: Port;
  readonly outputs: readonly Port[];
  readonly deviceName: string;
  readonly precision: string;
  readonly shared: SharedModel | undefined;
  /**
   * @param allocate makes the buffers of tensors, where the engine can use memory that threads share; absent: its own
   */
  createInferRequest(allocate?: Allocate): InferRequest;
  close(): void;
}

/** Zeroed bytes at an address that never changes, aligned to 16. */
export type Allocate = (sizeBytes: number) => Uint8Array;

/**
 * OpenVINO's words: on one thread of several, beside other inferences; or on all of them, for a picture that is
 * alone.
 */
export type InferenceMode = 'throughput' | 'latency';

/** One infer request: one call at a time, from the thread that made it. Buffers are bound once and reused. */
export interface InferRequest {
  /** The input tensor, row-major in the port's shape; write into it before `infer`. */
  readonly input: Uint8Array | Float32Array;
  /**
   * The output tensors in port order, valid until the next `infer`; integers come as f32. One of dynamic shape has as many values as the
   * last inference gave, and is another array after each: look it up here.
   */
  readonly outputs: readonly Float32Array[];
  /**
   * Synchronous.
   * @param mode `latency` takes the compilation that `enableLatencyMode` got, and is the same as `throughput` without
   * one
   * @throws {ServiceError} ERR_INFERENCE
   */
  infer(mode?: InferenceMode): void;
  /**
   * Gives the request a second compilation of the same model, to be used with the same buffers; undefined takes it
   * away. Absent where the engine cannot share. @throws {ServiceError} ERR_MODEL_LOAD, and there is none then
   */
  enableLatencyMode?(shared: SharedModel | undefined): void;
  close(): void;
}

/** OpenVINO's messages carry source locations line by line; the sentence is what helps. */
export function tidyMessage(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !/^Exception from src\/.*:$/.test(line) && !/^Check '.*' failed at src\/.*:$/.test(line),
    )
    .join(' ')
    .slice(0, 1000);
}
