/** The ways in which outputs can be lists of objects, by shapes, names and the number of classes. Pure. */
import type { Port } from '../engine/engine.js';
import { sizeOf } from '../engine/ports.js';
import { MAX_CLASSES } from './setting-checks.js';
import type { ObjectLayout } from './tasks.js';

export interface ObjectShape {
  readonly layout: ObjectLayout;
  /** Places of the outputs that are read: boxes first, then as the layout has them. */
  readonly uses: readonly number[];
  /** Undefined: the outputs do not tell. */
  readonly classCount: number | undefined;
  /** Numbers in a row, or channels. */
  readonly rowLength: number;
  /** The number that stands for the first class: 1 where 0 is the background. */
  readonly firstLabel: number;
  readonly masks: MaskShape | undefined;
}

export interface MaskShape {
  readonly kind: 'prototypes' | 'relative' | 'pasted';
  /** Place of the output. */
  readonly output: number;
  /** Coefficients of a row, for prototypes. */
  readonly coefficients: number;
  readonly width: number;
  readonly height: number;
}

/** Boxes that a YOLO proposes: one for each cell of its grids, the last of which not every size has. */
const STRIDES = [8, 16, 32];
const FURTHER_STRIDES = [[], [64], [4]];
const ANCHORS_OF_YOLOV5 = 3;
const ROW_LENGTH = 6;
const OBJECTNESS_ROW = 5;
const DETECTION_LENGTH = 7;

/** @param names of the classes; undefined: nobody said */
export function objectShapesOf(
  outputs: readonly Port[],
  input: Port,
  names: readonly string[] | undefined,
): readonly ObjectShape[] {
  return [
    ...yoloShapes(outputs, input, names?.length),
    ...detectionOutputs(outputs),
    ...boxLists(outputs),
    ...queries(outputs, names),
  ];
}

function cellCounts(input: Port): readonly number[] {
  const { width, height } = sizeOf(input);
  return FURTHER_STRIDES.map((further) =>
    [...STRIDES, ...further].reduce((sum, stride) => sum + Math.floor(width / stride) * Math.floor(height / stride), 0),
  );
}

/** One output of rows or columns; of segmenters a second one of prototypes. */
function yoloShapes(outputs: readonly Port[], input: Port, classCount: number | undefined): readonly ObjectShape[] {
  const rows = outputs.findIndex(
    ({ shape, elementType }) => elementType === 'f32' && shape.length === 3 && isOne(shape[0]),
  );
  if (rows < 0 || outputs.length > 2) return [];
  const prototypes = prototypesOf(outputs);
  if (outputs.length === 2 && prototypes === undefined) return [];
  const extra = prototypes?.coefficients ?? 0;
  const [, a = 0, b = 0] = outputs[rows]?.shape ?? [];
  const cells = cellCounts(input);
  const isCount = (boxes: number, times: number) => cells.some((count) => count * times === boxes);
  const base = {
    uses: prototypes === undefined ? [rows] : [rows, prototypes.output],
    firstLabel: 0,
    masks: prototypes,
  };
  const shapes: ObjectShape[] = [];
  const add = (layout: ObjectLayout, count: number, rowLength: number): void => {
    if (
      count < 1 ||
      count > MAX_CLASSES ||
      (classCount !== undefined && layout !== 'yolo-rows' && count !== classCount)
    )
      return;
    shapes.push({ ...base, layout, rowLength, classCount: layout === 'yolo-rows' ? undefined : count });
  };
  if (isCount(b, 1)) add('yolo', a - 4 - extra, a);
  if (isCount(a, ANCHORS_OF_YOLOV5) || isCount(a, 1)) add('yolov5', b - OBJECTNESS_ROW - extra, b);
  if (isCount(a, 1) && extra === 0) add('yolox', b - OBJECTNESS_ROW, b);
  if (b === ROW_LENGTH + extra && !isCount(a, ANCHORS_OF_YOLOV5)) add('yolo-rows', 1, b);
  return shapes;
}

function prototypesOf(outputs: readonly Port[]): MaskShape | undefined {
  const output = outputs.findIndex(
    ({ shape, elementType }) => elementType === 'f32' && shape.length === 4 && isOne(shape[0]),
  );
  const [, coefficients = 0, height = 0, width = 0] = outputs[output]?.shape ?? [];
  return output < 0 || width < 2 || height < 2
    ? undefined
    : { kind: 'prototypes', output, coefficients, width, height };
}

function detectionOutputs(outputs: readonly Port[]): readonly ObjectShape[] {
  const found = outputs.findIndex(({ shape, elementType }) => {
    const [a, b, , d] = shape;
    return elementType === 'f32' && shape.length === 4 && isOne(a) && isOne(b) && d === DETECTION_LENGTH;
  });
  if (found < 0) return [];
  const base = { uses: [found], classCount: undefined, rowLength: DETECTION_LENGTH, masks: undefined };
  return [{ ...base, layout: 'detection-output', firstLabel: 1 }];
}

/** Outputs that go by their names, as these exporters give them. */
function boxLists(outputs: readonly Port[]): readonly ObjectShape[] {
  const place = (name: string) => outputs.findIndex((port) => port.name === name);
  const labels = place('labels');
  if (labels < 0) return [];
  const [boxes, bboxes, scores, masks] = [place('boxes'), place('bboxes'), place('scores'), place('masks')];
  const list = (at: number) => outputs[at]?.shape ?? [];
  const base = { classCount: undefined, firstLabel: 0, masks: undefined };
  const relative = masks < 0 ? undefined : relativeMasks(list(masks), masks);
  if (list(boxes).length === 3 && list(boxes).at(-1) === 5) {
    return [
      { ...base, layout: 'boxes', uses: [boxes, labels, ...(masks < 0 ? [] : [masks])], rowLength: 5, masks: relative },
    ];
  }
  if (scores < 0) return [];
  if (list(bboxes).at(-1) === 4)
    return [{ ...base, layout: 'boxes-scores', uses: [bboxes, labels, scores], rowLength: 4 }];
  if (list(boxes).length === 2 && list(boxes).at(-1) === 4) {
    const pasted =
      masks < 0 ? undefined : ({ kind: 'pasted', output: masks, coefficients: 0, width: 0, height: 0 } as const);
    const uses = [boxes, labels, scores, ...(masks < 0 ? [] : [masks])];
    return [{ ...base, layout: 'torchvision', uses, rowLength: 4, firstLabel: 1, masks: pasted }];
  }
  return [];
}

function relativeMasks(shape: readonly number[], output: number): MaskShape | undefined {
  const [height = 0, width = 0] = shape.slice(-2);
  return shape.length === 4 && width > 1 && height > 1
    ? { kind: 'relative', output, coefficients: 0, width, height }
    : undefined;
}

/** What people call the last class of a softmax, which stands for no object. */
const NO_OBJECT = /^(no[ _-]?(object|class|thing)|none|nothing|n\/?a|background|∅|)$/i;

/**
 * Numbers of all queries look the same whether each class has a sigmoid or all together have a softmax, with one more for no
 * object. As many names as numbers are those of the first, unless the last of them says that it is none; one name fewer may be the
 * second or a name that was forgotten.
 */
function queries(outputs: readonly Port[], names: readonly string[] | undefined): readonly ObjectShape[] {
  const [logits, boxes] = ['logits', 'pred_boxes'].map((name) => outputs.findIndex((port) => port.name === name));
  if (logits === undefined || boxes === undefined || logits < 0 || boxes < 0) return [];
  const count = outputs[logits]?.shape.at(-1);
  if (count === undefined || count < 1) return [];
  const base = { uses: [boxes, logits], rowLength: 4, firstLabel: 0, masks: undefined };
  const sigmoid: ObjectShape = { ...base, layout: 'detr', classCount: count };
  const softmax: ObjectShape = { ...base, layout: 'detr-softmax', classCount: count - 1 };
  const isOpen = names === undefined || names.length === count - 1 || NO_OBJECT.test(names.at(-1) ?? '');
  return isOpen && count > 1 ? [sigmoid, softmax] : [sigmoid];
}

function isOne(size: number | undefined): boolean {
  return size === 1 || size === -1;
}
