/** Masks of torchvision, which lie in a picture of their own each. */
import type { MaskReader } from './found-objects.js';
import { emptyPatch, place } from './mask-patch.js';

export interface PastedLayout {
  /** Of `[n, 1, H, W]`: probabilities at the size of the picture that was handed in. */
  readonly masks: number;
  readonly threshold: number;
}

/** How far beyond its box a mask may reach: the same border as above, and a pixel of rounding. */
const PASTED_MARGIN = 1 / 28;

/** torchvision's masks: already at the picture's size. Nothing is looked at outside of the object's box and its border. */
export function createPastedMasks({ masks, threshold }: PastedLayout): MaskReader {
  const patch = emptyPatch();
  const grown = new Float64Array(4);
  return {
    space: 'input',
    read({ inputBoxes, rows }, index, { outputs, input }) {
      const values = outputs[masks] ?? new Float32Array();
      const limit = Math.fround(threshold);
      const [left, top, right, bottom] = inputBoxes.subarray(4 * index, 4 * index + 4) as unknown as Quad;
      const [marginX, marginY] = [(right - left) * PASTED_MARGIN + 1, (bottom - top) * PASTED_MARGIN + 1];
      grown.set([left - marginX, top - marginY, right + marginX, bottom + marginY]);
      place(patch, grown, 0, input);
      const start = rows[index]! * input.width * input.height;
      let o = 0;
      for (let y = patch.y; y < patch.y + patch.height; y++) {
        const row = start + y * input.width;
        for (let x = patch.x; x < patch.x + patch.width; x++) {
          const isWhite = values[row + x]! > limit;
          if (isWhite) patch.white++;
          patch.data[o++] = isWhite ? 255 : 0;
        }
      }
      return patch;
    },
  };
}

type Quad = readonly [number, number, number, number];
