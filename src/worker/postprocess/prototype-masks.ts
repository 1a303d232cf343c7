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
 * above 0, as Ultralytics' process_mask. Computed only inside the box: the sums, each of their rows made wider once, and between
 * two of those the rows of the mask. Additions are made in the order of the plain sum, so that the bits are the same.
 */
export function createPrototypeMasks(layout: PrototypeLayout): MaskReader {
  const { coefficients, width, height, coefficientAt } = layout;
  const weights = new Float64Array(coefficients);
  const sums = new Float64Array(width);
  const patch = emptyPatch();
  let columns = axisOf(width, width);
  let rows = axisOf(height, height);
  let wide = new Float64Array(0);
  return {
    space: 'input',
    read({ inputBoxes, rows: rowOf }, index, { outputs, input }) {
      if (columns.first.length !== input.width) columns = axisOf(width, input.width);
      if (rows.first.length !== input.height) rows = axisOf(height, input.height);
      place(patch, inputBoxes, 4 * index, input);
      if (patch.width === 0 || patch.height === 0) return patch;
      const values = outputs[layout.rows] ?? new Float32Array();
      const prototypes = outputs[layout.prototypes] ?? new Float32Array();
      for (let k = 0; k < coefficients; k++) weights[k] = values[coefficientAt(rowOf[index]!, k, values.length)]!;
      const [left, right] = [columns.first[patch.x]!, columns.second[patch.x + patch.width - 1]!];
      const [top, bottom] = [rows.first[patch.y]!, rows.second[patch.y + patch.height - 1]!];
      if (wide.length < (bottom + 1 - top) * patch.width) wide = new Float64Array(2 * (bottom + 1 - top) * patch.width);
      for (let y = top; y <= bottom; y++) {
        addUp(prototypes, { from: y * width, left, right, planeSize: width * height }, weights, sums);
        widen(sums, columns, patch, wide, (y - top) * patch.width);
      }
      blend(wide, top, rows, patch);
      return patch;
    },
  };
}

interface RowOfPrototypes {
  /** Of the row's first pixel in the first prototype, in numbers. */
  readonly from: number;
  readonly left: number;
  readonly right: number;
  /** Numbers of one prototype. */
  readonly planeSize: number;
}

/** From `left` to `right`. Four prototypes a pass, their products added one after the other. */
function addUp(
  prototypes: Float32Array,
  { from, left, right, planeSize }: RowOfPrototypes,
  weights: Float64Array,
  sums: Float64Array,
): void {
  sums.fill(0, left, right + 1);
  let k = 0;
  for (; k + 4 <= weights.length; k += 4) {
    const [a, b, c, d] = [weights[k]!, weights[k + 1]!, weights[k + 2]!, weights[k + 3]!];
    const first = k * planeSize + from;
    const second = first + planeSize;
    const third = second + planeSize;
    const fourth = third + planeSize;
    for (let x = left; x <= right; x++) {
      sums[x] =
        sums[x]! +
        a * prototypes[first + x]! +
        b * prototypes[second + x]! +
        c * prototypes[third + x]! +
        d * prototypes[fourth + x]!;
    }
  }
  for (; k < weights.length; k++) {
    const plane = k * planeSize + from;
    for (let x = left; x <= right; x++) sums[x] = sums[x]! + weights[k]! * prototypes[plane + x]!;
  }
}

/** The columns of the patch, of one row of sums. */
function widen(
  sums: Float64Array,
  { first, second, fraction }: SamplePositions,
  { x: start, width }: MaskPatch,
  wide: Float64Array,
  to: number,
): void {
  for (let i = 0; i < width; i++) {
    const right = fraction[start + i]!;
    wide[to + i] = sums[first[start + i]!]! * (1 - right) + sums[second[start + i]!]! * right;
  }
}

/** @param top the row of sums that `wide` begins with */
function blend(wide: Float64Array, top: number, { first, second, fraction }: SamplePositions, patch: MaskPatch): void {
  const { width, data } = patch;
  let white = 0;
  for (let y = 0; y < patch.height; y++) {
    const upper = (first[patch.y + y]! - top) * width;
    const lower = (second[patch.y + y]! - top) * width;
    const down = fraction[patch.y + y]!;
    const up = 1 - down;
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const isWhite = wide[upper + x]! * up + wide[lower + x]! * down > 0 ? 1 : 0;
      white += isWhite;
      data[row + x] = -isWhite;
    }
  }
  patch.white = white;
}
function axisOf(from: number, to: number): SamplePositions {
  const { first, second, fraction } = samplePositions(from, to);
  return { first, second, fraction: fraction.map((part, i) => (first[i] === second[i] ? 0 : part)) };
}
