import { KERNELS_WASM } from './kernels-wasm.js';

/** Pointers are byte offsets in the memory; kernels.wat has the meaning of each parameter. */
export interface Kernels {
  resizeRow3: ResizeRow;
  resizeRow1: ResizeRow;
  toPlanes: ToPlanes;
  toFloatPlanes: ToPlanes;
  /** White pixels and the largest value. */
  threshold(values: number, count: number, limit: number, mask: number): [number, number];
  pair3: Pair;
  pair1: Pair;
}

type ToPlanes = (from: number, count: number, out: number) => void;

type Pair = (image: number, mask: number, width: number, height: number, out: number) => void;

type ResizeRow = (
  upper: number,
  lower: number,
  offsets: number,
  weights: number,
  upperWeight: number,
  lowerWeight: number,
  count: number,
  out: number,
) => void;

/** What is used of WebAssembly, which the compiler's library has no names for outside of browsers. */
export interface KernelMemory {
  /** Views into it stay valid when it grows: it is shared. */
  readonly buffer: SharedArrayBuffer;
  /** @throws {RangeError} when there is no more */
  grow(pages: number): number;
}

interface WebAssemblyHere {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => KernelMemory;
}

const { Module, Instance, Memory } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyHere }).WebAssembly;

export const PAGE_BYTES = 65_536;
/** As kernels.wat declares it. */
export const MAX_PAGES = 1024;

/** @throws {Error} where WebAssembly lacks SIMD, or the address space for its memory */
export function createKernels(): { readonly kernels: Kernels; readonly memory: KernelMemory } {
  const memory = new Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  const instance = new Instance(new Module(Buffer.from(KERNELS_WASM, 'base64')), { env: { memory } });
  return { kernels: instance.exports as Kernels, memory };
}
