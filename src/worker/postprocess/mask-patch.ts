/** Patches of masks: where they lie in a frame, in memory that is used again. */
import type { Size } from '../../domain/size.js';
import type { MaskPatch } from './found-objects.js';

/** Whole pixels x with left ≤ x < right, and rows alike, as far as they are in the frame. */
export function place(patch: MaskPatch, boxes: Float64Array, at: number, size: Size): void {
  const inside = (value: number, length: number) => Math.min(Math.max(Math.ceil(value), 0), length);
  patch.x = inside(boxes[at]!, size.width);
  patch.y = inside(boxes[at + 1]!, size.height);
  patch.width = Math.max(0, inside(boxes[at + 2]!, size.width) - patch.x);
  patch.height = Math.max(0, inside(boxes[at + 3]!, size.height) - patch.y);
  reserve(patch);
}

export function emptyPatch(): MaskPatch {
  return { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0), white: 0 };
}

export function reserve(patch: MaskPatch): void {
  patch.white = 0;
  const size = patch.width * patch.height;
  if (patch.data.length < size) patch.data = new Uint8Array(Math.max(size, 2 * patch.data.length));
}
