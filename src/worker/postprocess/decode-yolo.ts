/** Outputs of the YOLO family, to candidates in pixels of the model's input. */
import type { CandidateBox, Candidates } from './candidates.js';

/** Reads the output tensors of one picture; only scores above the threshold become candidates. */
export type Decoder = (outputs: readonly Float32Array[], candidates: Candidates) => void;

export interface ChannelLayout {
  readonly classCount: number;
  /** Numbers behind the classes that are no scores: coefficients of masks. */
  readonly extra: number;
  readonly threshold: number;
}

/**
 * `[1, 4 + classes (+ extra), N]`: centre and size, then a score for each class. Of each of the N boxes the best class counts, of
 * equal ones the first. The output is read class by class, as it lies in memory.
 */
export function createChannelDecoder({ classCount, extra, threshold }: ChannelLayout): Decoder {
  const limit = Math.fround(threshold);
  const box = emptyBox();
  let best = new Float32Array(0);
  let bestClass = new Int32Array(0);
  return ([values = new Float32Array()], candidates) => {
    const rows = Math.floor(values.length / (4 + classCount + extra));
    if (best.length < rows) [best, bestClass] = [new Float32Array(rows), new Int32Array(rows)];
    best.fill(Number.NEGATIVE_INFINITY);
    for (let c = 0; c < classCount; c++) {
      const start = (4 + c) * rows;
      let highest = 0;
      for (let row = 0; row < rows; row++) {
        const score = values[start + row]!;
        if (score > highest) highest = score;
        if (score > best[row]!) {
          best[row] = score;
          bestClass[row] = c;
        }
      }
      candidates.see(c, highest);
    }
    for (let row = 0; row < rows; row++) {
      const score = best[row]!;
      if (!(score > limit)) continue;
      const width = values[2 * rows + row]!;
      const height = values[3 * rows + row]!;
      centred(box, values[row]!, values[rows + row]!, width, height);
      candidates.add(box, score, bestClass[row]!, row);
    }
  };
}

export interface RowLayout {
  /** Numbers in a row: 6, and those of masks behind them. */
  readonly rowLength: number;
  readonly threshold: number;
}

/** `[1, N, 6 (+ extra)]`: left, top, right, bottom, score, class. Rows that are not used have score 0. */
export function createRowDecoder({ rowLength, threshold }: RowLayout): Decoder {
  const limit = Math.fround(threshold);
  const box = emptyBox();
  return ([values = new Float32Array()], candidates) => {
    for (let row = 0, at = 0; at + rowLength <= values.length; row++, at += rowLength) {
      const score = values[at + 4]!;
      const classNumber = Math.trunc(values[at + 5]!);
      candidates.see(classNumber, score);
      if (!(score > limit)) continue;
      box.left = values[at]!;
      box.top = values[at + 1]!;
      box.right = values[at + 2]!;
      box.bottom = values[at + 3]!;
      candidates.add(box, score, classNumber, row);
    }
  };
}

export interface ObjectnessLayout {
  readonly classCount: number;
  readonly extra: number;
  readonly threshold: number;
}

/**
 * `[1, N, 5 + classes (+ extra)]` of YOLOv5: centre, size, objectness, a score for each class. A score is objectness times class,
 * and both it and the objectness must be above the threshold.
 */
export function createObjectnessDecoder({ classCount, extra, threshold }: ObjectnessLayout): Decoder {
  const limit = Math.fround(threshold);
  const rowLength = 5 + classCount + extra;
  const box = emptyBox();
  return ([values = new Float32Array()], candidates) => {
    for (let row = 0, at = 0; at + rowLength <= values.length; row++, at += rowLength) {
      const objectness = values[at + 4]!;
      let best = Number.NEGATIVE_INFINITY;
      let bestClass = -1;
      for (let c = 0; c < classCount; c++) {
        const score = Math.fround(objectness * values[at + 5 + c]!);
        candidates.see(c, score);
        if (score > best) {
          best = score;
          bestClass = c;
        }
      }
      if (!(objectness > limit && best > limit)) continue;
      const centreX = values[at]!;
      const centreY = values[at + 1]!;
      centred(box, centreX, centreY, values[at + 2]!, values[at + 3]!);
      candidates.add(box, best, bestClass, row);
    }
  };
}

export interface GridLayout {
  readonly classCount: number;
  readonly threshold: number;
  /** Of the model's input. */
  readonly width: number;
  readonly height: number;
}

/** Pixels that one cell of each of YOLOX's grids covers. */
const GRID_STRIDES: readonly number[] = [8, 16, 32];

/**
 * `[1, N, 5 + classes]` of YOLOX: (x, y) from the cell's corner in cells, the logarithm of the size in cells, objectness, classes.
 * Every class whose score is above the threshold makes a candidate.
 */
export function createGridDecoder({ classCount, threshold, width, height }: GridLayout): Decoder {
  const limit = Math.fround(threshold);
  const rowLength = 5 + classCount;
  const box = emptyBox();
  return ([values = new Float32Array()], candidates) => {
    let row = 0;
    for (const stride of GRID_STRIDES) {
      const columns = Math.floor(width / stride);
      const cells = columns * Math.floor(height / stride);
      for (let cell = 0; cell < cells; cell++, row++) {
        const at = row * rowLength;
        const objectness = values[at + 4]!;
        const x = (values[at]! + (cell % columns)) * stride;
        const y = (values[at + 1]! + Math.floor(cell / columns)) * stride;
        centred(box, x, y, Math.exp(values[at + 2]!) * stride, Math.exp(values[at + 3]!) * stride);
        for (let c = 0; c < classCount; c++) {
          const score = Math.fround(objectness * values[at + 5 + c]!);
          candidates.see(c, score);
          if (objectness > limit && score > limit) candidates.add(box, score, c, row);
        }
      }
    }
  };
}

export function emptyBox(): CandidateBox {
  return { left: 0, top: 0, right: 0, bottom: 0 };
}

/** From centre and size. */
export function centred(box: CandidateBox, x: number, y: number, width: number, height: number): void {
  box.left = x - width / 2;
  box.top = y - height / 2;
  box.right = x + width / 2;
  box.bottom = y + height / 2;
}
