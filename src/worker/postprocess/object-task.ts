/** The tasks of detectors: objects with a class and a score, in pixels of the picture; some with masks. */
import type { Region } from '../../domain/measures.js';
import { sizeOf } from '../../engine/ports.js';
import { BACKGROUND } from '../../model/settings.js';
import type { ObjectPlan } from '../../model/task-plan.js';
import { defined } from '../../std/defined.js';
import { assertNever } from '../../std/errors.js';
import {
  createBoxListDecoder,
  createDetectionOutputDecoder,
  createQueryDecoder,
  createSoftmaxQueryDecoder,
} from './decode-boxes.js';
import {
  createChannelDecoder,
  createGridDecoder,
  createObjectnessDecoder,
  createRowDecoder,
  type Decoder,
} from './decode-yolo.js';
import { createDefectCounter } from './defect-classes.js';
import type { FoundObjects, MaskReader } from './found-objects.js';
import { areaOf, createObjectFinder } from './objects.js';
import { createPastedMasks } from './pasted-masks.js';
import type { OutputReaderParts } from './pixel-map.js';
import { createPrototypeMasks } from './prototype-masks.js';
import { createRelativeMasks } from './relative-masks.js';
import type { PictureView, TaskReader } from './task-reader.js';
import { unionArea } from './union-area.js';
import { createUnionPainter } from './union-mask.js';

/** As Ultralytics has it: the best ones are looked at. */
const MAX_CANDIDATES = 30_000;
const MAX_REGIONS = 100;

export function createObjectTask({ model, request, pixels }: OutputReaderParts, plan: ObjectPlan): TaskReader {
  const { family, settings, classes, shape } = plan;
  const input = sizeOf(model.input);
  const masks = createMasks(plan);
  const isLetterbox = settings.resizeType === 'fit_to_window_letterbox';
  const finder = createObjectFinder({
    classCount: classes.length,
    decode: createDecoder(plan, input),
    suppress: {
      iouThreshold: settings.iouThreshold,
      isPerClass: family.isPerClass,
      maxCandidates: MAX_CANDIDATES,
      maxObjects: settings.maxObjects,
    },
    hasPixelBorder: family.hasPixelBorder,
    mapping: family.mapping === 'exact' && !isLetterbox ? 'scale' : family.mapping,
    isRounded: family.isRounded,
    masks,
    needsMask: shape.masks?.kind === 'prototypes',
  });
  const counter = createDefectCounter(classes, settings.goodClasses);
  const painter = createUnionPainter(masks?.space ?? 'input', pixels);
  const defectBoxes = new Float64Array(4 * settings.maxObjects);

  /** Fraction of the picture that the defects cover together. */
  function coveredArea(objects: FoundObjects, { picture }: PictureView): number {
    let count = 0;
    for (let i = 0; i < objects.count; i++) {
      if (!counter.isDefect(objects.classes[i] ?? -1)) continue;
      defectBoxes.set(objects.boxes.subarray(4 * i, 4 * i + 4), 4 * count++);
    }
    return Math.min(1, unionArea(defectBoxes, count) / (picture.width * picture.height)); // a sum of fractions may exceed 1
  }

  return {
    plan,
    countedClasses: counter.names,
    classMasks: undefined,
    read(view, mask) {
      painter.clear(view, input, mask);
      const frame = { outputs: request.outputs, input, picture: view.picture };
      const objects = finder.find(frame, view, (index, patch) => {
        if (counter.isDefect(finder.objects.classes[index] ?? -1)) painter.paint(patch);
      });
      const fractions = fractionsOf(objects, view, masks);
      let largest = 0;
      const regions: Region[] = [];
      counter.clear();
      for (let i = 0; i < objects.count; i++) {
        const classNumber = objects.classes[i] ?? -1;
        const isDefect = counter.count(classNumber);
        if (isDefect) largest = Math.max(largest, fractions(i));
        if (isDefect && masks === undefined) painter.fillBox(objects.inputBoxes, i);
        if (regions.length < MAX_REGIONS) regions.push(regionOf(objects, i, { plan, view, masks }));
      }
      const area = masks === undefined ? coveredArea(objects, view) : painter.area();
      painter.finish();
      const { defect, defects } = counter.counts();
      const score = counter.highest(objects.bestScores);
      const measures = { defect, defects, area, largest, score, regions };
      const ofObjects = masks && {
        space: masks.space,
        read: (index: number) => masks.read(objects, index, frame),
      };
      return { measures, objects, ...defined({ masks: ofObjects }) };
    },
  };
}

function createDecoder({ shape, settings, classes }: ObjectPlan, input: { width: number; height: number }): Decoder {
  const { threshold } = settings;
  const { rowLength, uses } = shape;
  // Names that begin with the background have a place for it.
  const firstLabel = classes[0] === BACKGROUND ? 0 : shape.firstLabel;
  const classCount = classes.length;
  const extra = shape.masks?.kind === 'prototypes' ? shape.masks.coefficients : 0;
  const [first = 0, second = 0, third] = uses;
  const at = (decode: Decoder): Decoder =>
    first === 0 ? decode : (outputs, candidates) => decode(outputs.slice(first, first + 1), candidates);
  switch (shape.layout) {
    case 'yolo':
      return at(createChannelDecoder({ classCount, extra, threshold }));
    case 'yolo-rows':
      return at(createRowDecoder({ rowLength, threshold }));
    case 'yolov5':
      return at(createObjectnessDecoder({ classCount, extra, threshold }));
    case 'yolox':
      return at(createGridDecoder({ classCount, threshold, ...input }));
    case 'detection-output':
      return at(createDetectionOutputDecoder({ ...input, firstLabel, threshold }));
    case 'detr':
      return createQueryDecoder({ boxes: first, logits: second, classCount, ...input, threshold });
    case 'detr-softmax':
      return createSoftmaxQueryDecoder({ boxes: first, logits: second, classCount, ...input, threshold });
    case 'boxes':
    case 'boxes-scores':
    case 'torchvision': {
      const isRelative = shape.layout === 'boxes-scores';
      const [scaleX, scaleY] = isRelative ? [input.width, input.height] : [1, 1];
      const scores = shape.layout === 'boxes' ? undefined : third;
      return createBoxListDecoder({ boxes: first, labels: second, scores, scaleX, scaleY, firstLabel, threshold });
    }
    default:
      return assertNever(shape.layout);
  }
}

function createMasks({ shape, settings }: ObjectPlan): MaskReader | undefined {
  const { masks, layout, rowLength } = shape;
  if (masks === undefined) return undefined;
  const { maskThreshold: threshold } = settings;
  const { width, height, coefficients, output } = masks;
  switch (masks.kind) {
    case 'pasted':
      return createPastedMasks({ masks: output, threshold });
    case 'relative':
      return createRelativeMasks({ masks: output, width, height, threshold });
    case 'prototypes':
      break;
    default:
      return assertNever(masks.kind);
  }
  const from = rowLength - coefficients;
  const coefficientAt =
    layout === 'yolo'
      ? (row: number, k: number, length: number) => ((from + k) * length) / rowLength + row
      : (row: number, k: number) => row * rowLength + from + k;
  return createPrototypeMasks({
    rows: shape.uses[0] ?? 0,
    prototypes: output,
    coefficients,
    width,
    height,
    coefficientAt,
  });
}

/** Of an object: what fraction of the picture its mask covers, or its box where it has none. */
function fractionsOf(objects: FoundObjects, { picture, content }: PictureView, masks: MaskReader | undefined) {
  const isOfInput = masks?.space === 'input';
  const total = isOfInput ? content.width * content.height : picture.width * picture.height;
  return (index: number) =>
    (masks === undefined ? areaOf(objects.boxes, index) : (objects.maskPixels[index] ?? 0)) / total;
}

interface RegionParts {
  readonly plan: ObjectPlan;
  readonly view: PictureView;
  readonly masks: MaskReader | undefined;
}

/** Corners rounded to whole pixels of the picture. */
function regionOf(
  { boxes, scores, classes, maskPixels }: FoundObjects,
  i: number,
  { plan, view, masks }: RegionParts,
): Region {
  const [left = 0, top = 0, right = 0, bottom = 0] = Array.from(boxes.subarray(4 * i, 4 * i + 4), Math.round);
  const { seen, content } = view;
  const scale = masks?.space === 'input' ? (seen.width / content.width) * (seen.height / content.height) : 1;
  return {
    x: left,
    y: top,
    width: right - left,
    height: bottom - top,
    class: plan.classes[classes[i] ?? -1] ?? '',
    score: scores[i] ?? 0,
    ...(masks === undefined ? {} : { pixels: Math.round((maskPixels[i] ?? 0) * scale) }),
  };
}
