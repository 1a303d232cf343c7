/** Outputs that are lists of boxes, to candidates in pixels of the model's input. */
import type { Candidates } from './candidates.js';
import { centred, type Decoder, emptyBox } from './decode-yolo.js';

export interface BoxListLayout {
  /** Places of the tensors among the outputs; without `scores` the fifth number of a box is its score. */
  readonly boxes: number;
  readonly labels: number;
  readonly scores: number | undefined;
  /** What a coordinate is multiplied with to be a pixel of the input: its size where coordinates are 0 to 1, else 1. */
  readonly scaleX: number;
  readonly scaleY: number;
  /** The label of the first class: 1 where 0 stands for the background. */
  readonly firstLabel: number;
  readonly threshold: number;
}

/** `boxes [1, n, 5]` and `labels [1, n]`; or `boxes [1, n, 4]`, `labels` and `scores`. Left, top, right, bottom. */
export function createBoxListDecoder(layout: BoxListLayout): Decoder {
  const limit = Math.fround(layout.threshold);
  const { scaleX, scaleY, firstLabel } = layout;
  const rowLength = layout.scores === undefined ? 5 : 4;
  const none = new Float32Array();
  const box = emptyBox();
  return (outputs, candidates) => {
    const boxes = outputs[layout.boxes] ?? none;
    const labels = outputs[layout.labels] ?? none;
    const scores = layout.scores === undefined ? boxes : (outputs[layout.scores] ?? none);
    const rows = Math.min(Math.floor(boxes.length / rowLength), labels.length);
    for (let row = 0; row < rows; row++) {
      const at = row * rowLength;
      const score = scores[layout.scores === undefined ? at + 4 : row]!;
      const classNumber = labels[row]! - firstLabel;
      candidates.see(classNumber, score);
      if (!(score > limit)) continue;
      box.left = boxes[at]! * scaleX;
      box.top = boxes[at + 1]! * scaleY;
      box.right = boxes[at + 2]! * scaleX;
      box.bottom = boxes[at + 3]! * scaleY;
      candidates.add(box, score, classNumber, row);
    }
  };
}

export interface QueryLayout {
  /** Places of the tensors among the outputs. */
  readonly logits: number;
  readonly boxes: number;
  readonly classCount: number;
  readonly width: number;
  readonly height: number;
  readonly threshold: number;
}

/**
 * `logits [1, Q, classes]` and `pred_boxes [1, Q, 4]` (centre and size, 0 to 1) of RT-DETR: every pair of query and class is a
 * proposal by itself, as transformers' post_process_object_detection takes them.
 */
export function createQueryDecoder(layout: QueryLayout): Decoder {
  const limit = Math.fround(layout.threshold);
  const { classCount, width, height } = layout;
  const none = new Float32Array();
  const box = emptyBox();
  return (outputs, candidates) => {
    const logits = outputs[layout.logits] ?? none;
    const boxes = outputs[layout.boxes] ?? none;
    const queries = Math.floor(Math.min(logits.length / classCount, boxes.length / 4));
    for (let query = 0; query < queries; query++) {
      const at = 4 * query;
      const [x, y] = [boxes[at]! * width, boxes[at + 1]! * height];
      centred(box, x, y, boxes[at + 2]! * width, boxes[at + 3]! * height);
      for (let c = 0; c < classCount; c++) {
        const score = Math.fround(1 / (1 + Math.exp(-logits[query * classCount + c]!)));
        candidates.see(c, score);
        if (score > limit) candidates.add(box, score, c, query);
      }
    }
  };
}

/**
 * The same outputs of DETR, where the classes and, behind them, no object share a softmax: of each query the most probable class is
 * a proposal, of equal ones the first, however probable no object is.
 */
export function createSoftmaxQueryDecoder(layout: QueryLayout): Decoder {
  const limit = Math.fround(layout.threshold);
  const { classCount, width, height } = layout;
  const rowLength = classCount + 1;
  const none = new Float32Array();
  const box = emptyBox();
  return (outputs, candidates) => {
    const logits = outputs[layout.logits] ?? none;
    const boxes = outputs[layout.boxes] ?? none;
    const queries = Math.floor(Math.min(logits.length / rowLength, boxes.length / 4));
    for (let query = 0; query < queries; query++) {
      const start = query * rowLength;
      let largest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < rowLength; c++) largest = Math.max(largest, logits[start + c]!);
      let sum = 0;
      for (let c = 0; c < rowLength; c++) sum += Math.exp(logits[start + c]! - largest);
      let best = -1;
      let highest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < classCount; c++) {
        const score = Math.fround(Math.exp(logits[start + c]! - largest) / sum);
        candidates.see(c, score);
        if (score > highest) [best, highest] = [c, score];
      }
      if (!(highest > limit)) continue;
      const at = 4 * query;
      const [x, y] = [boxes[at]! * width, boxes[at + 1]! * height];
      centred(box, x, y, boxes[at + 2]! * width, boxes[at + 3]! * height);
      candidates.add(box, highest, best, query);
    }
  };
}

export interface DetectionOutputLayout {
  readonly width: number;
  readonly height: number;
  /** The number of the first class: 1 where 0 stands for the background. */
  readonly firstLabel: number;
  readonly threshold: number;
}

const DETECTION_LENGTH = 7;

/** `[1, 1, K, 7]` of OpenVINO's DetectionOutput: picture, class, score, left, top, right, bottom in 0 to 1. Picture -1 ends the list. */
export function createDetectionOutputDecoder(layout: DetectionOutputLayout): Decoder {
  const limit = Math.fround(layout.threshold);
  const { width, height, firstLabel } = layout;
  const box = emptyBox();
  return ([values = new Float32Array()], candidates: Candidates) => {
    for (let row = 0, at = 0; at + DETECTION_LENGTH <= values.length; row++, at += DETECTION_LENGTH) {
      if (values[at]! < 0) return;
      const classNumber = values[at + 1]! - firstLabel;
      const score = values[at + 2]!;
      candidates.see(classNumber, score);
      if (!(score > limit)) continue;
      box.left = values[at + 3]! * width;
      box.top = values[at + 4]! * height;
      box.right = values[at + 5]! * width;
      box.bottom = values[at + 6]! * height;
      candidates.add(box, score, classNumber, row);
    }
  };
}
