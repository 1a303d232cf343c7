import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Port } from '../../../src/engine/engine.js';
import type { PartialModelSettings } from '../../../src/model/settings.js';
import { planTask } from '../../../src/model/task-plan.js';

const INPUT: Port = { name: 'images', elementType: 'f32', shape: [1, 3, 640, 640] };
const NAMES = ['scratch', 'dent', 'stain'];

type Output = readonly [name: string, shape: readonly number[], elementType?: Port['elementType']];

function plan(outputs: readonly Output[], given: PartialModelSettings = {}, input = INPUT) {
  const ports = outputs.map(([name, shape, elementType = 'f32']): Port => ({ name, shape, elementType }));
  return planTask(ports, input, given);
}

function textOf(outputs: readonly Output[], given: PartialModelSettings = {}): string {
  const found = plan(outputs, given);
  return 'shape' in found ? `${found.task} ${found.shape.layout}` : found.task;
}

const BOXES: Output = ['boxes', [1, 84, 5]];
const LABELS: Output = ['labels', [1, 84], 'i64'];

describe('planTask() by shapes', () => {
  for (const [what, outputs, expected] of [
    ['an Ultralytics detector', [['', [1, 7, 8400]]], 'detection yolo'],
    ['one of an input with a fourth grid', [['', [1, 7, 8500]]], 'detection yolo'],
    [
      'an Ultralytics segmenter',
      [
        ['', [1, 39, 8400]],
        ['', [1, 32, 160, 160]],
      ],
      'instance-segmentation yolo',
    ],
    ['an Ultralytics detector with NMS', [['', [1, 300, 6]]], 'detection yolo-rows'],
    [
      'an end-to-end segmenter',
      [
        ['', [1, 300, 38]],
        ['', [1, 32, 160, 160]],
      ],
      'instance-segmentation yolo-rows',
    ],
    ['a YOLOv5 of three anchors', [['', [1, 25200, 8]]], 'detection yolov5'],
    ['DetectionOutput', [['detection_out', [1, 1, 200, 7]]], 'detection detection-output'],
    ['a detector of OTX', [BOXES, LABELS], 'detection boxes'],
    [
      'an instance segmenter of OTX with rows that depend on the picture',
      [
        ['boxes', [1, -1, 5]],
        ['labels', [1, -1], 'i64'],
        ['masks', [1, -1, 28, 28]],
      ],
      'instance-segmentation boxes',
    ],
    [
      'an RT-DETR of getitune',
      [
        ['bboxes', [1, 300, 4]],
        ['labels', [1, 300], 'i64'],
        ['scores', [1, 300]],
      ],
      'detection boxes-scores',
    ],
    [
      'a DETR of transformers',
      [
        ['logits', [1, 300, 3]],
        ['pred_boxes', [1, 300, 4]],
      ],
      'detection detr',
    ],
    [
      'a Mask R-CNN of torchvision',
      [
        ['boxes', [-1, 4]],
        ['labels', [-1], 'i64'],
        ['scores', [-1]],
        ['masks', [-1, 1, 640, 640]],
      ],
      'instance-segmentation torchvision',
    ],
    ['a classifier', [['output', [1, 3]]], 'classification'],
    [
      'a classifier with features beside',
      [
        ['output1', [1, 3]],
        ['feature_vector', [1, 128]],
      ],
      'classification',
    ],
    [
      'a score without a map',
      [
        ['pred_score', [1]],
        ['pred_label', [1], 'u8'],
      ],
      'anomaly-score',
    ],
    [
      'a score beside a map',
      [
        ['pred_score', [1]],
        ['anomaly_map', [1, 1, 640, 640]],
      ],
      'segmentation',
    ],
    ['a map', [['mask', [1, 3, 640, 640]]], 'segmentation'],
    ['a map of a quarter', [['mask', [1, 4, 160, 160]]], 'segmentation'],
    [
      'a map beside features',
      [
        ['mask', [1, 1, 320, 320]],
        ['feature_vector', [1, 3]],
      ],
      'segmentation',
    ],
  ] as const satisfies readonly (readonly [string, readonly Output[], string])[]) {
    it(`takes ${what} for what it is`, () => assert.equal(textOf(outputs, { labels: NAMES }), expected));
  }

  it('refuses rows that can be of two repositories, and names both and the setting that decides', () => {
    assert.throws(() => plan([['output', [1, 8400, 8]]], { classes: NAMES }), {
      code: 'ERR_MODEL_CONTRACT',
      message: /say in "layout" which it is.* yolov5 \(.*\) or yolox \(/,
    });
  });

  it('takes a YOLOv5 of one class and rows of boxes apart by their number', () => {
    const labels = ['dent'];
    assert.equal(textOf([['', [1, 25200, 6]]], { labels }), 'detection yolov5');
    assert.equal(textOf([['', [1, 300, 6]]], { labels }), 'detection yolo-rows');
  });

  const queries: readonly Output[] = [
    ['logits', [1, 100, 4]],
    ['pred_boxes', [1, 100, 4]],
  ];
  for (const [what, classes] of [
    ['one name fewer than numbers', NAMES],
    ['a last name that says no object', [...NAMES, 'no-object']],
    ['no names at all', undefined],
  ] as const) {
    it(`refuses queries of ${what}, which may have a sigmoid a class or a softmax with no object`, () => {
      assert.throws(() => plan(queries, classes === undefined ? {} : { classes }), {
        code: 'ERR_MODEL_CONTRACT',
        message: /must say in "layout" which it is.* detr \(.*\) or detr-softmax \(/,
      });
    });
  }

  it('takes queries of as many names as numbers for those of a sigmoid, and of a softmax where it is told', () => {
    assert.equal(textOf(queries, { classes: [...NAMES, 'chip'] }), 'detection detr');
    assert.equal(textOf(queries, { classes: NAMES, layout: 'detr-softmax' }), 'detection detr-softmax');
    assert.throws(() => plan(queries, { classes: NAMES, layout: 'detr' }), /as many names .* classes, 4/);
    assert.throws(
      () => plan(queries, { classes: [...NAMES, 'none'], layout: 'detr-softmax' }),
      /as many names .* classes, 3/,
    );
  });

  it('takes a map where one is named beside objects, and refuses to choose where none is', () => {
    const outputs: readonly Output[] = [['map', [1, 1, 640, 640]], BOXES, LABELS];
    assert.equal(textOf(outputs, { labels: NAMES, output: 'map' }), 'segmentation');
    assert.throws(() => plan(outputs, { labels: NAMES }), /must say in "task" whether .*segmentation.* boxes \(/);
  });

  it('asks for names where nobody gives any: a rotated box or a pose has such a shape too', () => {
    assert.throws(
      () => plan([['output0', [1, 56, 8400]]]),
      /must have names for its classes \(52 of them\): "classes"/,
    );
  });

  it('takes a number of classes that nobody has for no classes', () => {
    const input: Port = { ...INPUT, shape: [1, 3, 64, 64] }; // 84 cells: as rows these are 8395 classes
    assert.equal(plan([['output0', [1, 84, 8400]]], {}, input).task, 'segmentation');
  });

  for (const [what, outputs] of [
    ['rotated boxes', [['output0', [1, 8, 8400]]]],
    ['poses', [['output0', [1, 56, 8400]]]],
    ['another number of classes', [['output0', [1, 84, 8400]]]],
    ['grids of another input', [['output0', [1, 7, 2100]]]],
  ] as const satisfies readonly (readonly [string, readonly Output[]])[]) {
    it(`takes ${what} for nothing`, () => {
      assert.equal(textOf(outputs, { labels: NAMES }), 'segmentation'); // which chooseOutput() then refuses as no map
      assert.throws(() => plan(outputs, { labels: NAMES, task: 'detection' }), {
        code: 'ERR_MODEL_CONTRACT',
        message: /must have outputs for detection, for the 3 classes scratch, dent, stain: .*\[1,4\+classes,N\]/,
      });
    });
  }
});

describe('planTask() by what is said', () => {
  it('reads a layout that is said, and refuses outputs that are not of it', () => {
    assert.equal(textOf([['output', [1, 8400, 8]]], { classes: NAMES, layout: 'yolox' }), 'detection yolox');
    assert.throws(() => plan([BOXES, LABELS], { classes: NAMES, layout: 'yolox' }), /raw boxes in cells/);
  });

  it('refuses a task that the outputs are not for', () => {
    for (const task of ['classification', 'anomaly-score', 'instance-segmentation'] as const) {
      assert.throws(() => plan([BOXES, LABELS], { classes: NAMES, task }), { code: 'ERR_MODEL_CONTRACT' });
    }
  });

  it('has the layout’s usual settings where nobody says another', () => {
    const { settings } = plan([['', [1, 7, 8400]]], { labels: NAMES });
    const { threshold, iouThreshold, maxObjects, resizeType, padValue, scaleValues, reverseInputChannels } = settings;
    assert.deepEqual(
      [threshold, iouThreshold, maxObjects, resizeType, padValue, scaleValues, reverseInputChannels],
      [0.25, 0.7, 300, 'fit_to_window_letterbox', 114, [255], true],
    );
    const said = plan([['', [1, 7, 8400]]], { labels: NAMES, threshold: 0.6, iouThreshold: 0.4, padValue: 0 }).settings;
    assert.deepEqual([said.threshold, said.iouThreshold, said.padValue, said.maxObjects], [0.6, 0.4, 0, 300]);
  });

  it('compares boxes of OTX only where the file says that the graph has not', () => {
    const given = { labels: NAMES, iouThreshold: 0.6 };
    assert.equal(plan([BOXES, LABELS], given).settings.iouThreshold, undefined);
    assert.equal(plan([BOXES, LABELS], { ...given, suppressesBoxes: true }).settings.iouThreshold, 0.6);
  });

  it('takes the likeliest class whatever its probability is, and several only above one half', () => {
    assert.equal(plan([['o', [1, 3]]], { labels: NAMES }).settings.threshold, 0);
    assert.equal(plan([['o', [1, 3]]], { labels: NAMES, multilabel: true }).settings.threshold, 0.5);
  });

  it('hands Anomalib’s scores R G B of 0 to 1, unless something is said of it', () => {
    const { settings } = plan([['pred_score', [1]]]);
    assert.deepEqual([settings.reverseInputChannels, settings.scaleValues], [true, [255]]);
    const said = plan([['pred_score', [1]]], { meanValues: [1] }).settings;
    assert.deepEqual([said.reverseInputChannels, said.scaleValues], [false, []]);
  });

  it('calls a background by its name', () => {
    const found = plan([['d', [1, 1, 200, 7]]], { labels: ['__background__', 'dent'] });
    assert.deepEqual('classes' in found && found.classes, ['background', 'dent']);
  });
});
