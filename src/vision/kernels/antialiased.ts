import type { Rectangle, Size } from '../../domain/size.js';
import { type AntialiasedAxis, antialiasedAxis, PRECISION_BITS } from '../antialiased-resize.js';
import type { Image } from '../image.js';
import type { Kernels } from './kernels.js';
import type { PixelMemory } from './pixel-memory.js';

/** As `AntialiasedResizer.resize`; false when there is no room, and nothing was done. */
export type SimdAntialiasedResize = (source: Image, scaled: Size, crop: Rectangle, target: Image) => boolean;

/** Where the bytes of two neighbouring B G R pixels lie in 16, as six i16; 255: a zero. */
const [NONE, FIRST_PAIR] = [255, [0, 3, 1, 4, 2, 5]] as const;
const PAIRS = [0, 6].flatMap((start) => [
  ...FIRST_PAIR.flatMap((at) => [at + start, NONE]),
  ...[NONE, NONE, NONE, NONE],
]);
const HALF = 1 << (PRECISION_BITS - 1);
/** Weights are cut in two, as a vector's products are of 16 bits. */
const LOW_BITS = 11;
const LOW_MASK = (1 << LOW_BITS) - 1;
const VECTOR_BYTES = 16;

interface Tables {
  readonly key: string;
  readonly columns: Uint8Array;
  readonly rows: Uint8Array;
  /** Of each row that is wanted: where its table begins, and its first row of the source. */
  readonly starts: readonly (readonly [table: number, first: number])[];
  /** Rows of the source that are needed. */
  readonly top: number;
  readonly bottom: number;
}

export function createSimdAntialiasedResize(
  kernels: Kernels,
  { allocate, behind, addressOf }: PixelMemory,
): SimdAntialiasedResize | undefined {
  const constants = allocate(3 * VECTOR_BYTES);
  if (constants === undefined) return undefined;
  constants.set(PAIRS);
  new Int32Array(constants.buffer, constants.byteOffset + 2 * VECTOR_BYTES, 4).fill(HALF);
  const half = constants.byteOffset + 2 * VECTOR_BYTES;
  let made: Tables | undefined;

  return (source, scaled, crop, target) => {
    const out = addressOf(target.data);
    if (out === undefined) return false;
    made = tablesFor(source, scaled, crop, made);
    const { columns, rows, starts, top, bottom } = made;
    const { channels } = source;
    const stride = crop.width * channels;
    // One row more, as pairs of rows are read.
    const between = aligned((bottom - top + 1) * stride + VECTOR_BYTES);
    const known = addressOf(source.data);
    const sizeBytes = source.width * source.height * channels;
    const copied = known === undefined ? aligned(sizeBytes + VECTOR_BYTES) : 0;
    const room = behind(copied + between + aligned(columns.length) + rows.length);
    if (room === undefined) return false;
    if (known === undefined) room.set(source.data.subarray(0, sizeBytes));
    const from = known ?? room.byteOffset;
    const rowsAt = room.byteOffset + copied;
    const columnTable = rowsAt + between;
    const rowTable = columnTable + aligned(columns.length);
    room.set(columns, columnTable - room.byteOffset);
    room.set(rows, rowTable - room.byteOffset);
    const blendRow = channels === 3 ? kernels.blendRow3 : kernels.blendRow1;
    const sourceStride = source.width * channels;
    for (let y = top, at = rowsAt; y < bottom; y++, at += stride) {
      blendRow(from + y * sourceStride, columnTable, constants.byteOffset, crop.width, at);
    }
    for (const [y, [table, first]] of starts.entries()) {
      kernels.blendRows(rowsAt + (first - top) * stride, stride, rowTable + table, half, stride, out + y * stride);
    }
    return true;
  };
}

/** Those of one camera's pictures are made once. */
function tablesFor(source: Image, scaled: Size, crop: Rectangle, made: Tables | undefined): Tables {
  const { width, height, channels } = source;
  const key = [width, height, channels, scaled.width, scaled.height, ...Object.values(crop)].join(' ');
  if (made?.key === key) return made;
  const rowAxis = antialiasedAxis(height, scaled.height);
  const { bytes: rows, starts } = rowTables(rowAxis, crop);
  const last = crop.y + crop.height - 1;
  const columns = columnTable(antialiasedAxis(width, scaled.width), crop, channels);
  return {
    key,
    columns,
    rows,
    starts,
    top: rowAxis.start[crop.y]!,
    bottom: rowAxis.start[last]! + rowAxis.length[last]!,
  };
}

/** As `blendRow3` and `blendRow1` of kernels.wat read it. */
function columnTable({ start, length, weights, size }: AntialiasedAxis, crop: Rectangle, channels: number): Uint8Array {
  const group = channels === 3 ? 4 : 8;
  const words: number[] = [];
  for (let x = crop.x; x < crop.x + crop.width; x++) {
    const groups = Math.ceil(length[x]! / group);
    pushInt32(words, start[x]! * channels);
    pushInt32(words, groups);
    for (let k = 0; k < groups * group; k += group) {
      const part = Array.from({ length: group }, (_, i) => (k + i < size ? weights[x * size + k + i]! : 0));
      words.push(...part.map((weight) => weight >> LOW_BITS), ...part.map((weight) => weight & LOW_MASK));
    }
  }
  return new Uint8Array(Uint16Array.from(words).buffer);
}

/** As `blendRows` reads them, one behind the other. */
function rowTables(
  { start, length, weights, size }: AntialiasedAxis,
  crop: Rectangle,
): { readonly bytes: Uint8Array; readonly starts: Tables['starts'] } {
  const words: number[] = [];
  const starts: [number, number][] = [];
  for (let y = crop.y; y < crop.y + crop.height; y++) {
    const pairs = Math.ceil(length[y]! / 2);
    starts.push([2 * words.length, start[y]!]);
    pushInt32(words, pairs);
    for (let k = 0; k < 2 * pairs; k += 2) {
      const [a, b] = [weights[y * size + k]!, k + 1 < size ? weights[y * size + k + 1]! : 0];
      words.push(a >> LOW_BITS, b >> LOW_BITS, a & LOW_MASK, b & LOW_MASK);
    }
  }
  return { bytes: new Uint8Array(Uint16Array.from(words).buffer), starts };
}

function pushInt32(words: number[], value: number): void {
  words.push(value & 0xffff, value >>> 16);
}

function aligned(sizeBytes: number): number {
  return Math.ceil(sizeBytes / VECTOR_BYTES) * VECTOR_BYTES;
}
