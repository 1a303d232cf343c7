/** The mask of all defects of a picture together, at the model's size; and how much of the picture it covers. */
import type { Size } from '../../domain/size.js';
import type { PixelOps } from '../../vision/pixel-ops.js';
import { createScratch } from '../../vision/scratch.js';
import type { MaskPatch } from './found-objects.js';
import type { PictureView } from './task-reader.js';

export interface UnionPainter {
  /** Begins a picture: `mask` is what is painted on, at the model's size. */
  clear(view: PictureView, input: Size, mask: Uint8Array): void;
  paint(patch: Omit<MaskPatch, 'white'>): void;
  /** A box in pixels of the input: those whose middle lies in it. */
  fillBox(boxes: Float64Array, index: number): void;
  /** Fraction of the picture that patches cover. */
  area(): number;
  /** Puts what was painted into the mask, where patches have pixels of the picture. */
  finish(): void;
}

const NOWHERE = { x: 0, y: 0, width: 0, height: 0 };

/** @param space whether patches have pixels of the model's input or of the picture */
export function createUnionPainter(space: 'input' | 'picture', pixels: Pick<PixelOps, 'fill'>): UnionPainter {
  const scratch = createScratch();
  let target = new Uint8Array(0);
  let mask = target;
  let input: Size = NOWHERE;
  /** Where the picture lies in the target: nothing outside is painted. */
  let bounds = NOWHERE;
  let view: PictureView = { picture: NOWHERE, seen: NOWHERE, content: NOWHERE };
  let rowLength = 0;
  let white = 0;

  return {
    clear(newView, size, newMask) {
      [view, input, mask] = [newView, size, newMask as Uint8Array<ArrayBuffer>];
      pixels.fill(mask, 0);
      white = 0;
      const { picture, content } = view;
      if (space === 'input') {
        [target, rowLength, bounds] = [mask, size.width, content];
        return;
      }
      target = scratch.take(picture.width * picture.height) as Uint8Array<ArrayBuffer>;
      target.fill(0);
      [rowLength, bounds] = [picture.width, { x: 0, y: 0, ...picture }];
    },
    paint({ x, y, width, height, data }) {
      const [left, right] = [Math.max(x, bounds.x), Math.min(x + width, bounds.x + bounds.width)];
      const bottom = Math.min(y + height, bounds.y + bounds.height);
      const painted = target;
      let added = 0;
      for (let row = Math.max(y, bounds.y); row < bottom; row++) {
        const from = (row - y) * width - x;
        const to = row * rowLength;
        for (let column = left; column < right; column++) {
          if (data[from + column] === 0 || painted[to + column] !== 0) continue;
          painted[to + column] = 255;
          added++;
        }
      }
      white += added;
    },
    fillBox(boxes, index) {
      const [left = 0, top = 0, right = 0, bottom = 0] = boxes.subarray(4 * index, 4 * index + 4);
      const { x, y, width, height } = view.content;
      const inside = (value: number, from: number, length: number) =>
        Math.min(Math.max(Math.ceil(value - 0.5), from), from + length);
      const start = inside(left, x, width);
      const end = inside(right, x, width);
      for (let row = inside(top, y, height); row < inside(bottom, y, height); row++) {
        mask.fill(255, row * input.width + start, row * input.width + Math.max(start, end));
      }
    },
    area: () => white / Math.max(1, bounds.width * bounds.height),
    finish() {
      if (space === 'input') return;
      const { seen, content } = view;
      for (let row = 0; row < content.height; row++) {
        const y = seen.y + Math.floor(((row + 0.5) * seen.height) / content.height);
        const to = (content.y + row) * input.width + content.x;
        for (let column = 0; column < content.width; column++) {
          const x = seen.x + Math.floor(((column + 0.5) * seen.width) / content.width);
          mask[to + column] = target[y * rowLength + x]!;
        }
      }
    },
  };
}
