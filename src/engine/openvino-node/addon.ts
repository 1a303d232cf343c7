/** The part of the npm package openvino-node that is used, as its native addon has it. */
import type { NativeData } from '../tensor-buffers.js';

export interface Addon {
  readonly Core: new () => NativeCore;
  readonly Tensor: new (elementType: string, shape: number[], data: NativeData) => NativeTensor;
  readonly preprocess: { readonly PrePostProcessor: new (model: NativeModel) => NativePreprocessing };
}
/** Its `build` changes the model that it was made for. */
export interface NativePreprocessing {
  input(index: number): { tensor(): NativeTensorInfo };
  output(index: number): { tensor(): NativeTensorInfo };
  build(): unknown;
}
export interface NativeTensorInfo {
  setElementType(elementType: string): unknown;
}
export interface NativeCore {
  getAvailableDevices(): string[];
  getVersions(device: string): Record<string, { readonly buildNumber: string }>;
  setProperty(device: string, properties: Record<string, string>): void;
  readModelSync(path: string): NativeModel;
  compileModelSync(model: NativeModel, device: string, config: Record<string, string>): NativeCompiledModel;
}
export interface NativeModel {
  readonly inputs: NativePort[];
  readonly outputs: NativePort[];
  getOutputElementType(index: number): string;
  reshape(shape: string): NativeModel;
}
export interface NativeCompiledModel {
  readonly outputs: NativePort[];
  /** Throws when no output has the name. */
  output(name: string): NativePort;
  getProperty(name: string): string | number | boolean;
  createInferRequest(): NativeInferRequest;
}
export interface NativePort {
  readonly anyName: string;
  getPartialShape(): { getDimensions(): (number | [number, number])[] };
}
export interface NativeTensor {
  getElementType(): string;
  /** A copy of its elements. */
  readonly data?: ArrayLike<number | bigint>;
}
export interface NativeInferRequest {
  getInputTensor(index: number): NativeTensor;
  setInputTensor(index: number, tensor: NativeTensor): void;
  setOutputTensor(index: number, tensor: NativeTensor): void;
  getOutputTensor(index: number): NativeTensor;
  infer(): unknown;
}
