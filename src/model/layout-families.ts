/**
 * One row a layout: what its exporter takes for granted about pictures, scores and boxes. docs/models.md has the same table for
 * people.
 */
import type { PartialModelSettings } from './settings.js';
import type { ObjectLayout } from './tasks.js';

export interface LayoutFamily {
  /** In words, for refusals and reports. */
  readonly shape: string;
  /** How its exporter's own program prepares a picture; weaker than anything that a file or a user says. */
  readonly input: PartialModelSettings;
  readonly threshold: number;
  readonly maxObjects: number;
  /** Overlapping boxes are dropped above this IoU; undefined: the graph has done so, or the model proposes no such boxes. */
  readonly iouThreshold: number | undefined;
  /** Boxes of different classes leave each other alone. */
  readonly isPerClass: boolean;
  /** Borders of boxes count as a pixel where boxes are compared. */
  readonly hasPixelBorder: boolean;
  /** Boxes are whole pixels of the picture, as OpenVINO's Model API rounds them. */
  readonly isRounded: boolean;
  /** How a letterbox is taken off again; see pictureTransform. */
  readonly mapping: 'sides' | 'scale' | 'exact';
}

const ULTRALYTICS_INPUT: PartialModelSettings = {
  reverseInputChannels: true,
  scaleValues: [255],
  resizeType: 'fit_to_window_letterbox',
  padValue: 114,
};
/** Mean and scale of ImageNet, for 0 to 255. */
const IMAGENET_INPUT: PartialModelSettings = {
  reverseInputChannels: true,
  meanValues: [123.675, 116.28, 103.53],
  scaleValues: [58.395, 57.12, 57.375],
};
const PLAIN = { isPerClass: true, hasPixelBorder: false, isRounded: false, mapping: 'scale' } as const;
const MODEL_API = { ...PLAIN, input: {}, threshold: 0.5, iouThreshold: undefined, maxObjects: 200, isRounded: true };

export const FAMILIES: Readonly<Record<ObjectLayout, LayoutFamily>> = {
  yolo: {
    ...PLAIN,
    shape: 'one output [1,4+classes,N] (Ultralytics), with prototypes [1,32,H,W] behind coefficients of masks',
    input: ULTRALYTICS_INPUT,
    threshold: 0.25,
    iouThreshold: 0.7,
    maxObjects: 300,
    mapping: 'sides',
  },
  'yolo-rows': {
    ...PLAIN,
    shape:
      'one output [1,N,6] (Ultralytics with NMS or end to end), with prototypes [1,32,H,W] behind coefficients of masks',
    input: ULTRALYTICS_INPUT,
    threshold: 0.25,
    iouThreshold: undefined,
    maxObjects: 300,
    mapping: 'sides',
  },
  yolov5: {
    ...PLAIN,
    shape: 'one output [1,N,5+classes] with objectness in column 4 (the YOLOv5 repository)',
    input: ULTRALYTICS_INPUT,
    threshold: 0.25,
    iouThreshold: 0.45,
    maxObjects: 1000,
    mapping: 'exact',
  },
  yolox: {
    ...PLAIN,
    shape: 'one output [1,N,5+classes] of raw boxes in cells (the YOLOX repository)',
    input: { reverseInputChannels: false, resizeType: 'fit_to_window_floor', padValue: 114 },
    threshold: 0.5,
    iouThreshold: 0.65,
    maxObjects: 300,
    isPerClass: false,
    hasPixelBorder: true,
  },
  'detection-output': { ...MODEL_API, shape: 'one output [1,1,N,7] (OpenVINO’s DetectionOutput)' },
  boxes: {
    ...MODEL_API,
    shape: 'outputs boxes [1,N,5] and labels [1,N] (OTX, getitune), with masks [1,N,h,w] of instances',
  },
  'boxes-scores': {
    ...MODEL_API,
    shape: 'outputs bboxes [1,N,4] of 0 to 1, labels [1,N] and scores [1,N] (OTX, getitune)',
  },
  detr: {
    ...PLAIN,
    shape:
      'outputs logits [1,N,classes], each by itself, and pred_boxes [1,N,4] (RT-DETR, D-FINE and deformable DETR of transformers)',
    input: { reverseInputChannels: true, scaleValues: [255] },
    threshold: 0.5,
    iouThreshold: undefined,
    maxObjects: 300,
  },
  'detr-softmax': {
    ...PLAIN,
    shape:
      'outputs logits [1,N,classes+1], the last of which is no object, and pred_boxes [1,N,4] (DETR and YOLOS of transformers)',
    input: IMAGENET_INPUT,
    threshold: 0.5,
    iouThreshold: undefined,
    maxObjects: 100,
  },
  torchvision: {
    ...PLAIN,
    shape: 'outputs boxes [N,4], labels [N] and scores [N], with masks [N,1,H,W] of instances (torchvision)',
    input: { reverseInputChannels: true, scaleValues: [255] },
    threshold: 0.5,
    iouThreshold: undefined,
    maxObjects: 100,
  },
};
