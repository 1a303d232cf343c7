/** What a detector found in one picture, and the masks that belong to it. Types only. */
import type { Size } from '../../domain/size.js';

/** By falling score; valid until the next picture. Only the first `count` of each array mean something. */
export interface FoundObjects {
  readonly count: number;
  /** Left, top, right, bottom in pixels of the model's input, as the model gives them. */
  readonly inputBoxes: Float64Array;
  /** The same in pixels of the picture, kept inside it. */
  readonly boxes: Float64Array;
  readonly scores: Float32Array;
  readonly classes: Int32Array;
  /** The row of the output that each came from. */
  readonly rows: Int32Array;
  /** White pixels of each mask, in pixels of the mask's own space; of an object without a mask 0. */
  readonly maskPixels: Int32Array;
  /** The highest score of each class, whether above the threshold or not. */
  readonly bestScores: Float32Array;
  /** Candidates above the threshold that were not looked at. */
  readonly cut: number;
}

/** The mask of one object: black everywhere outside of the patch. */
export interface MaskPatch {
  x: number;
  y: number;
  width: number;
  height: number;
  /** 0 or 255, row by row; the first width × height bytes. */
  data: Uint8Array;
  /** How many of them are 255. */
  white: number;
}

/** What one picture is measured in. */
export interface MaskFrame {
  readonly outputs: readonly Float32Array[];
  readonly input: Size;
  readonly picture: Size;
}

export interface MaskReader {
  /** Whether the pixels of its patches are those of the model's input or of the decoded picture. */
  readonly space: 'input' | 'picture';
  /** The patch is valid until the next call. */
  read(objects: FoundObjects, index: number, frame: MaskFrame): MaskPatch;
}
