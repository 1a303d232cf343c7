/** From pixels of the model's input back to pixels of the picture. */
import type { Placement } from '../../vision/letterbox.js';

/**
 * Families differ in what they take off for the border and what they divide by. `sides`: the whole border, and the rounded side
 * of the picture in the input, each axis by itself (Ultralytics). `scale`: the whole border, and one scale before any rounding (Model
 * API). `exact`: that scale, and the border before rounding (YOLOv5).
 */
export type MappingKind = 'sides' | 'scale' | 'exact';

/** picture = (input − offset) × scale, and kept within the picture. */
export interface PictureTransform {
  readonly offsetX: number;
  readonly offsetY: number;
  readonly scaleX: number;
  readonly scaleY: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

export function pictureTransform(kind: MappingKind, { seen, content }: Placement, input: Size): PictureTransform {
  const stretched = content.width === input.width && content.height === input.height;
  if (kind === 'sides' || stretched) {
    const [scaleX, scaleY] = [seen.width / content.width, seen.height / content.height];
    return { scaleX, scaleY, offsetX: content.x - seen.x / scaleX, offsetY: content.y - seen.y / scaleY };
  }
  const scale = Math.max(seen.width / input.width, seen.height / input.height);
  if (kind === 'scale') return { scaleX: scale, scaleY: scale, offsetX: content.x, offsetY: content.y };
  return {
    scaleX: scale,
    scaleY: scale,
    offsetX: (input.width - seen.width / scale) / 2,
    offsetY: (input.height - seen.height / scale) / 2,
  };
}
