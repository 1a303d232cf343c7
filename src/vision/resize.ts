import type { Size } from '../domain/size.js';
import { type BilinearWeights, createWeightCache } from './bilinear-weights.js';
import type { Image } from './image.js';
import { type Planes, writeBgrRow } from './planes.js';

/** Shrinks or enlarges pictures; keeps its tables and rows between calls, so make one for each thread. */
export interface Resizer {
  /**
   * Writes `source` into `target` at the target's size, every byte as OpenCV's `resize` with INTER_LINEAR: no
   * anti-aliasing, no letterbox. Both have the same number of channels and do not share memory.
   * @throws {RangeError} when sizes or channels do not fit
   */
  resize(source: Image, target: Image): void;
  /**
   * The same of a picture in planes into B, G, R: only rows that are read are made colours of.
   * @throws {RangeError} when the target has other channels or lacks its pixels
   */
  resizePlanes(source: Planes, target: Image): void;
}

/** A picture row by row; a row is valid until the next one is asked for. */
interface Rows extends Size {
  readonly channels: 1 | 3;
  row(y: number): Uint8Array;
}

/**
 * OpenCV's fixed-point bilinear resize for 8 bits: weights of 11 bits, the horizontal sums shifted by 4, the vertical
 * products by 16, each product on its own, then rounded by 2 more bits. For exactly half the size OpenCV changes to
 * INTER_AREA; with all weights 1/2 nothing is lost in the shifts, so this gives the same.
 * @see modules/imgproc/src/resize.cpp of OpenCV 4: resize_, HResizeLinear, VResizeLinear<uchar, int, short, …>
 */
export function createResizer(): Resizer {
  const cache = createWeightCache();
  let upper = new Int32Array(0);
  let lower = new Int32Array(0);

  function resizeRows(source: Rows, target: Image): void {
    const columns = cache.columns(source.width, target.width);
    const rows = cache.rows(source.height, target.height);
    const rowLength = target.width * target.channels;
    if (upper.length < rowLength) {
      upper = new Int32Array(rowLength);
      lower = new Int32Array(rowLength);
    }
    // Source rows that `upper` and `lower` hold; enlarging needs the same two for several target rows.
    let upperRow = -1;
    let lowerRow = -1;
    for (let y = 0; y < target.height; y++) {
      const first = rows.first[y]!;
      const second = rows.second[y]!;
      if (first === lowerRow) {
        [upper, lower] = [lower, upper];
        [upperRow, lowerRow] = [lowerRow, upperRow];
      }
      if (first !== upperRow) interpolateRow(source.row(first), source.channels, columns, upper);
      if (second !== lowerRow) interpolateRow(source.row(second), source.channels, columns, lower);
      upperRow = first;
      lowerRow = second;
      const firstWeight = rows.firstWeight[y]!;
      const secondWeight = rows.secondWeight[y]!;
      blendRows(upper, firstWeight, lower, secondWeight, target.data, y * rowLength, rowLength);
    }
  }

  return {
    resize(source, target) {
      assertFits(source, target);
      const { width, height, channels, data } = source;
      if (width === target.width && height === target.height) {
        target.data.set(data.subarray(0, width * height * channels));
        return;
      }
      const row = width * channels;
      resizeRows({ width, height, channels, row: (y) => data.subarray(y * row, (y + 1) * row) }, target);
    },
    resizePlanes(source, target) {
      const { width, height } = source;
      assertComplete(target);
      assertChannels(3, target);
      const made = new Uint8Array(3 * width);
      const row = (y: number) => {
        writeBgrRow(source, y, made);
        return made;
      };
      if (width === target.width && height === target.height) {
        for (let y = 0; y < height; y++) target.data.set(row(y), y * made.length);
        return;
      }
      resizeRows({ width, height, channels: 3, row }, target);
    },
  };
}

/** One source row at the target's width, in 1/128. */
function interpolateRow(data: Uint8Array, channels: 1 | 3, columns: BilinearWeights, out: Int32Array): void {
  const { first, second, firstWeight, secondWeight } = columns;
  const width = first.length;
  if (channels === 1) {
    for (let x = 0; x < width; x++) {
      const a = first[x]!;
      const b = second[x]!;
      out[x] = (data[a]! * firstWeight[x]! + data[b]! * secondWeight[x]!) >> 4;
    }
    return;
  }
  for (let x = 0, o = 0; x < width; x++, o += 3) {
    const a = first[x]! * 3;
    const b = second[x]! * 3;
    const wa = firstWeight[x]!;
    const wb = secondWeight[x]!;
    out[o] = (data[a]! * wa + data[b]! * wb) >> 4;
    out[o + 1] = (data[a + 1]! * wa + data[b + 1]! * wb) >> 4;
    out[o + 2] = (data[a + 2]! * wa + data[b + 2]! * wb) >> 4;
  }
}

function blendRows(
  upper: Int32Array,
  upperWeight: number,
  lower: Int32Array,
  lowerWeight: number,
  out: Uint8Array,
  offset: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    const a = (upper[i]! * upperWeight) >> 16;
    const b = (lower[i]! * lowerWeight) >> 16;
    out[offset + i] = (a + b + 2) >> 2;
  }
}

function assertFits(source: Image, target: Image): void {
  assertComplete(source);
  assertComplete(target);
  assertChannels(source.channels, target);
}

function assertComplete({ width, height, channels, data }: Image): void {
  if (width < 1 || height < 1 || data.length < width * height * channels) {
    throw new RangeError(
      `Cannot resize as every image needs its pixels: ${width}×${height}×${channels}, ${data.length} bytes`,
    );
  }
}

function assertChannels(expected: number, { channels }: Image): void {
  if (channels !== expected) {
    throw new RangeError(`Cannot resize as channels must be equal: ${expected} and ${channels}`);
  }
}
