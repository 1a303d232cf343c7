/** Masks of Mask R-CNN: a small map for each object, put over its box in the picture. */
import type { MaskReader } from './found-objects.js';
import { emptyPatch, reserve } from './mask-patch.js';

export interface RelativeLayout {
  /** Of `[1, n, side, side]`: probabilities that lie within the object's box. */
  readonly masks: number;
  readonly width: number;
  readonly height: number;
  readonly threshold: number;
}

/**
 * Masks of Mask R-CNN: a small map is put over the box in the picture, white above the threshold. The map gets a border of zeros
 * and the box grows by it, so that the edge is not cut off; as _segm_postprocess of OpenVINO's Model API.
 */
export function createRelativeMasks({ masks, width, height, threshold }: RelativeLayout): MaskReader {
  const [padWidth, padHeight] = [width + 2, height + 2];
  const padded = new Float32Array(padWidth * padHeight);
  const patch = emptyPatch();
  let columns = createAxisMemory();
  let rows = createAxisMemory();
  return {
    space: 'picture',
    read({ boxes, rows: rowOf }, index, { outputs, picture }) {
      const values = outputs[masks] ?? new Float32Array();
      const from = rowOf[index]! * width * height;
      for (let y = 0; y < height; y++) {
        const row = values.subarray(from + y * width, from + (y + 1) * width);
        padded.set(row, (y + 1) * padWidth + 1);
      }
      const across = expanded(boxes[4 * index]!, boxes[4 * index + 2]!, padWidth / width);
      const down = expanded(boxes[4 * index + 1]!, boxes[4 * index + 3]!, padHeight / height);
      patch.x = Math.min(Math.max(across.start, 0), picture.width);
      patch.y = Math.min(Math.max(down.start, 0), picture.height);
      patch.width = Math.max(0, Math.min(across.start + across.length, picture.width) - patch.x);
      patch.height = Math.max(0, Math.min(down.start + down.length, picture.height) - patch.y);
      reserve(patch);
      columns = fillAxis(columns, padWidth, across.length);
      rows = fillAxis(rows, padHeight, down.length);
      const [skipX, skipY] = [patch.x - across.start, patch.y - down.start];
      const limit = Math.fround(threshold);
      let o = 0;
      for (let y = skipY; y < skipY + patch.height; y++) {
        const upper = rows.first[y]! * padWidth;
        const lower = rows.second[y]! * padWidth;
        const part = rows.fraction[y]!;
        for (let x = skipX; x < skipX + patch.width; x++) {
          const above = blend(padded, upper, columns, x);
          const below = blend(padded, lower, columns, x);
          const value = Math.fround(above * Math.fround(1 - part)) + Math.fround(below * part);
          const isWhite = Math.fround(value) > limit;
          if (isWhite) patch.white++;
          patch.data[o++] = isWhite ? 255 : 0;
        }
      }
      return patch;
    },
  };
}

/** As OpenCV's resize of a 32-bit map: weights and sums in 32 bits. */
function blend(map: Float32Array, row: number, { first, second, fraction }: Axis, x: number): number {
  const part = fraction[x]!;
  const a = Math.fround(map[row + first[x]!]! * Math.fround(1 - part));
  return Math.fround(a + Math.fround(map[row + second[x]!]! * part));
}

/** One side of a box about its middle, in whole pixels that are cut, not rounded; both ends are part of it. */
function expanded(start: number, end: number, factor: number): { readonly start: number; readonly length: number } {
  const middle = (start + end) * 0.5;
  const half = (end - start) * 0.5 * factor;
  const first = Math.trunc(middle - half);
  return { start: first, length: Math.max(Math.trunc(middle + half) - first + 1, 1) };
}

interface Axis {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly fraction: Float32Array;
}

function createAxisMemory(): Axis {
  return { first: new Int32Array(0), second: new Int32Array(0), fraction: new Float32Array(0) };
}

/** The same as axisOf, in arrays that are used again: every object has lengths of its own. */
function fillAxis(memory: Axis, from: number, to: number): Axis {
  const axis =
    memory.first.length >= to
      ? memory
      : { first: new Int32Array(2 * to), second: new Int32Array(2 * to), fraction: new Float32Array(2 * to) };
  const scale = 1 / (to / from);
  for (let i = 0; i < to; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    const floor = Math.floor(position);
    axis.first[i] = Math.min(Math.max(floor, 0), from - 1);
    axis.second[i] = Math.min(Math.max(floor + 1, 0), from - 1);
    axis.fraction[i] = axis.first[i] === axis.second[i] ? 0 : position - floor;
  }
  return axis;
}
