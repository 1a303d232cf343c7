/** Masks of YOLO: sums of prototypes, each computed inside its object's box alone. */
import { type SamplePositions, samplePositions } from '../../vision/bilinear-weights.js';
import type { MaskPatch, MaskReader } from './found-objects.js';
import { emptyPatch, place } from './mask-patch.js';

export interface PrototypeLayout {
  /** Place of the output that has the coefficients. */
  readonly rows: number;
  /** Of `[1, coefficients, height, width]`. */
  readonly prototypes: number;
  readonly coefficients: number;
  readonly width: number;
  readonly height: number;
  /** Where coefficient k of a row stands in the first output, once it is known how many numbers that has. */
  readonly coefficientAt: (row: number, k: number, length: number) => number;
}

/**
 * YOLO's masks: the sum of the prototypes, each times the object's coefficient; enlarged to the input's size, white where it is
 * above 0, as Ultralytics' process_mask. The enlarged sum is computed only inside the box.
 */
export function createPrototypeMasks(layout: PrototypeLayout): MaskReader {
  const { coefficients, width, height, coefficientAt } = layout;
  const sums = new Float64Array(width * height);
  const patch = emptyPatch();
  let columns = axisOf(width, width);
  let rows = axisOf(height, height);
  return {
    space: 'input',
    read({ inputBoxes, rows: rowOf }, index, { outputs, input }) {
      if (columns.first.length !== input.width) columns = axisOf(width, input.width);
      if (rows.first.length !== input.height) rows = axisOf(height, input.height);
      place(patch, inputBoxes, 4 * index, input);
      if (patch.width === 0 || patch.height === 0) return patch;
      const values = outputs[layout.rows] ?? new Float32Array();
      const prototypes = outputs[layout.prototypes] ?? new Float32Array();
      const [left, right] = [columns.first[patch.x], columns.second[patch.x + patch.width - 1]] as [number, number];
      const [top, bottom] = [rows.first[patch.y], rows.second[patch.y + patch.height - 1]] as [number, number];
      for (let y = top; y <= bottom; y++) sums.fill(0, y * width + left, y * width + right + 1);
      for (let k = 0; k < coefficients; k++) {
        const coefficient = values[coefficientAt(rowOf[index]!, k, values.length)]!;
        const plane = k * width * height;
        for (let y = top; y <= bottom; y++) {
          const end = y * width + right;
          for (let i = y * width + left; i <= end; i++) {
            sums[i] = sums[i]! + coefficient * prototypes[plane + i]!;
          }
        }
      }
      enlarge(sums, width, columns, rows, patch);
      return patch;
    },
  };
}

function enlarge(
  sums: Float64Array,
  width: number,
  columns: SamplePositions,
  rows: SamplePositions,
  patch: MaskPatch,
): void {
  let o = 0;
  for (let y = patch.y; y < patch.y + patch.height; y++) {
    const upper = rows.first[y]! * width;
    const lower = rows.second[y]! * width;
    const down = rows.fraction[y]!;
    for (let x = patch.x; x < patch.x + patch.width; x++) {
      const a = columns.first[x]!;
      const b = columns.second[x]!;
      const right = columns.fraction[x]!;
      const above = sums[upper + a]! * (1 - right) + sums[upper + b]! * right;
      const below = sums[lower + a]! * (1 - right) + sums[lower + b]! * right;
      patch.data[o++] = above * (1 - down) + below * down > 0 ? 255 : 0;
    }
  }
}

function axisOf(from: number, to: number): SamplePositions {
  const { first, second, fraction } = samplePositions(from, to);
  return { first, second, fraction: fraction.map((part, i) => (first[i] === second[i] ? 0 : part)) };
}
