import { instantiate, type SharedMemory } from '../../std/wasm.js';
import { KERNELS_WASM } from './kernels-wasm.js';

/** Pointers are byte offsets in the memory; kernels.wat has the meaning of each parameter. */
export interface Kernels {
  resizeRow3: ResizeRow;
  resizeRow1: ResizeRow;
  halveRow3(upper: number, lower: number, row: number, count: number, out: number): void;
  chromaRow(blue: number, red: number, table: number, constants: number, count: number, out: number): void;
  planesRow(
    luma: number,
    near: number,
    far: number,
    table: number,
    constants: number,
    count: number,
    out: number,
  ): void;
  blendPlanes(upper: number, lower: number, row: number, count: number, out: number): void;
  blendRow3: BlendRow;
  blendRow1: BlendRow;
  blendRows(rows: number, stride: number, table: number, half: number, count: number, out: number): void;
  toPlanes: ToPlanes;
  toFloatPlanes(from: number, count: number, first: number, second: number, third: number): void;
  toNormalisedPlanes(
    from: number,
    count: number,
    constants: number,
    first: number,
    second: number,
    third: number,
  ): void;
  fill(out: number, value: number, count: number): void;
  /** White pixels and the largest value. */
  threshold(values: number, count: number, limit: number, mask: number): [number, number];
  pair3: Pair;
  pair1: Pair;
}

type BlendRow = (row: number, table: number, constants: number, count: number, out: number) => void;

type ToPlanes = (from: number, count: number, out: number) => void;

type Pair = (image: number, mask: number, width: number, height: number, out: number) => void;

type ResizeRow = (
  upper: number,
  lower: number,
  offsets: number,
  weights: number,
  row: number,
  count: number,
  out: number,
) => void;

/** As kernels.wat declares it: 64 MiB. */
export const MAX_PAGES = 1024;

/** @throws {Error} where WebAssembly lacks SIMD, or the address space for its memory */
export function createKernels(): { readonly kernels: Kernels; readonly memory: SharedMemory } {
  const { exports: kernels, memory } = instantiate<Kernels>(KERNELS_WASM, MAX_PAGES);
  return { kernels, memory };
}
