/** From the outputs of a detector to the objects of one picture. Buffers are made once and reused. */

import { ServiceError } from '../../std/errors.js';
import type { Placement } from '../../vision/letterbox.js';
import { roundHalfEven } from '../../vision/rounding.js';
import { type Candidates, createCandidates } from './candidates.js';
import type { Decoder } from './decode-yolo.js';
import type { FoundObjects, MaskFrame, MaskPatch, MaskReader } from './found-objects.js';
import { type MappingKind, type PictureTransform, pictureTransform } from './picture-transform.js';
import { createSuppressor, type SuppressOptions } from './suppress.js';

export interface ObjectFinderOptions {
  readonly classCount: number;
  readonly decode: Decoder;
  readonly suppress: SuppressOptions;
  /** Borders count as a pixel of the picture when boxes are compared. */
  readonly hasPixelBorder: boolean;
  readonly mapping: MappingKind;
  /** Boxes in whole pixels of the picture, and none that covers at most one. */
  readonly isRounded: boolean;
  readonly masks: MaskReader | undefined;
  /** An object whose mask is empty is none. */
  readonly needsMask: boolean;
}

export interface ObjectFinder {
  /** What `find` fills. */
  readonly objects: FoundObjects;
  /** @throws {ServiceError} ERR_INFERENCE when an object has a class without a name */
  /** @param onMask gets the mask of each object that stays, valid during the call */
  find(frame: MaskFrame, placement: Placement, onMask?: (index: number, patch: MaskPatch) => void): FoundObjects;
}

export function createObjectFinder(options: ObjectFinderOptions): ObjectFinder {
  const { classCount, decode, mapping, isRounded, masks, needsMask } = options;
  const candidates = createCandidates(classCount);
  const suppress = createSuppressor(options.suppress);
  const { maxObjects } = options.suppress;
  const objects = {
    count: 0,
    inputBoxes: new Float64Array(4 * maxObjects),
    boxes: new Float64Array(4 * maxObjects),
    scores: new Float32Array(maxObjects),
    classes: new Int32Array(maxObjects),
    rows: new Int32Array(maxObjects),
    maskPixels: new Int32Array(maxObjects),
    bestScores: candidates.bestScores,
    cut: 0,
  };

  return {
    objects,
    find(frame, placement, onMask) {
      candidates.clear();
      decode(frame.outputs, candidates);
      assertNamed(candidates, classCount);
      const transform = pictureTransform(mapping, placement, frame.input);
      const survivors = suppress(candidates, options.hasPixelBorder ? 1 / transform.scaleX : 0);
      objects.cut = survivors.cut;
      objects.count = 0;
      for (let i = 0; i < survivors.count; i++) {
        const candidate = survivors.candidates[i]!;
        const index = objects.count;
        for (let k = 0; k < 4; k++) objects.inputBoxes[4 * index + k] = candidates.boxes[4 * candidate + k]!;
        mapBox(objects, index, transform, { picture: frame.picture, isRounded });
        if (isRounded && areaOf(objects.boxes, index) <= 1) continue;
        objects.scores[index] = candidates.scores[candidate]!;
        objects.classes[index] = candidates.classes[candidate]!;
        objects.rows[index] = candidates.rows[candidate]!;
        const patch = masks?.read(objects, index, frame);
        objects.maskPixels[index] = patch?.white ?? 0;
        if (needsMask && objects.maskPixels[index] === 0) continue;
        if (patch !== undefined) onMask?.(index, patch);
        objects.count++;
      }
      return objects;
    },
  };
}

/** An object that nobody has a name for would be missing in every count. */
function assertNamed({ unnamedClass }: Candidates, classCount: number): void {
  if (unnamedClass === undefined) return;
  const text = `Cannot say what was found as every class must have a name: there are ${classCount}, and the model found number ${unnamedClass}`;
  throw new ServiceError('ERR_INFERENCE', text, { details: { classes: classCount, found: unnamedClass } });
}

function mapBox(
  { inputBoxes, boxes }: FoundObjects,
  index: number,
  { offsetX, offsetY, scaleX, scaleY }: PictureTransform,
  { picture, isRounded }: { readonly picture: MaskFrame['picture']; readonly isRounded: boolean },
): void {
  for (let k = 0; k < 4; k++) {
    const isAcross = k % 2 === 0;
    const mapped = (inputBoxes[4 * index + k]! - (isAcross ? offsetX : offsetY)) * (isAcross ? scaleX : scaleY);
    const whole = isRounded ? roundHalfEven(mapped) : mapped;
    boxes[4 * index + k] = Math.min(Math.max(whole, 0), isAcross ? picture.width : picture.height);
  }
}

export function areaOf(boxes: Float64Array, index: number): number {
  const width = boxes[4 * index + 2]! - boxes[4 * index]!;
  const height = boxes[4 * index + 3]! - boxes[4 * index + 1]!;
  return Math.max(0, width) * Math.max(0, height);
}
