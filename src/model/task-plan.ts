/**
 * What a model is asked for, and how its outputs are read: from what is said of it, then from shapes that can be read in one way
 * alone. Where several ways remain, all of them are named, with the setting that decides. Nothing is guessed. Pure.
 */
import type { Port } from '../engine/engine.js';
import { assertNever, ServiceError } from '../std/errors.js';
import { FAMILIES, type LayoutFamily } from './layout-families.js';
import { readingsOf } from './map-readings.js';
import { type ObjectShape, objectShapesOf } from './object-shapes.js';
import { BACKGROUND, DEFAULT_SETTINGS, type ModelSettings, type PartialModelSettings } from './settings.js';
import type { ObjectLayout } from './tasks.js';

export interface MapPlan {
  readonly task: 'segmentation';
  readonly settings: ModelSettings;
}

export interface ObjectPlan {
  readonly task: 'detection' | 'instance-segmentation';
  readonly shape: ObjectShape;
  readonly family: LayoutFamily;
  readonly classes: readonly string[];
  readonly settings: ModelSettings & {
    readonly layout: ObjectLayout;
    readonly maxObjects: number;
  };
}

export interface ClassPlan {
  readonly task: 'classification';
  /** Among the outputs. */
  readonly output: number;
  readonly classes: readonly string[];
  readonly settings: ModelSettings;
}

export interface ScorePlan {
  readonly task: 'anomaly-score';
  /** Among the outputs. */
  readonly output: number;
  readonly settings: ModelSettings;
}

export type TaskPlan = MapPlan | ObjectPlan | ClassPlan | ScorePlan;

/** Anomalib's models take R G B of 0 to 1 and write nothing of that into the file. */
const ANOMALIB_INPUT: PartialModelSettings = { reverseInputChannels: true, scaleValues: [255] };

/** @throws {ServiceError} ERR_MODEL_CONTRACT with what could be meant, what is there, and what decides */
export function planTask(outputs: readonly Port[], input: Port, given: PartialModelSettings): TaskPlan {
  const classes = given.classes ?? given.labels;
  const shapes = objectShapesOf(outputs, input, classes).filter((shape) => isMeant(shape, given));
  const listed = classListOf(outputs, classes?.length);
  const score = outputs.findIndex(({ name }) => name === 'pred_score');
  switch (given.task) {
    case 'segmentation':
      return mapPlan(given);
    case 'detection':
    case 'instance-segmentation':
      return objectPlan(only(shapes, outputs, given), outputs, given);
    case 'classification':
      return classPlan(listed, outputs, given);
    case 'anomaly-score':
      return scorePlan(score >= 0 ? score : outputs.findIndex(isOneNumber), outputs, given);
    case undefined:
      return planByShapes({ outputs, input, given, shapes, listed, score });
    default:
      return assertNever(given.task);
  }
}

interface Possibilities {
  readonly outputs: readonly Port[];
  readonly input: Port;
  readonly given: PartialModelSettings;
  readonly shapes: readonly ObjectShape[];
  /** The output with a number for each class, among the outputs. */
  readonly listed: number | undefined;
  /** The output that is named as an anomaly score, among the outputs; negative where there is none. */
  readonly score: number;
}

/** For a model whose task nobody named. */
function planByShapes({ outputs, input, given, shapes, listed, score }: Possibilities): TaskPlan {
  const named = outputs.find(({ name }) => name !== '' && name === given.output);
  if (named !== undefined && readingsOf(named, input).length > 0) return mapPlan(given);
  if (given.layout !== undefined) return objectPlan(only(shapes, outputs, given), outputs, given);
  const isOtherMap = outputs.some((port, at) => !isPartOf(shapes, at) && readingsOf(port, input).length > 0);
  if (shapes.length > 0 && !isOtherMap) return objectPlan(only(shapes, outputs, given), outputs, given);
  if (shapes.length > 0) {
    throw refused(
      `must say in "task" whether it is asked for a map (segmentation) or for ${namesOf(shapes)}: both can be read`,
      outputs,
    );
  }
  if (outputs.some((port) => readingsOf(port, input).length > 0)) return mapPlan(given);
  if (score >= 0) return scorePlan(score, outputs, given);
  return listed === undefined ? mapPlan(given) : classPlan(listed, outputs, given);
}

function isMeant(shape: ObjectShape, { task, layout }: PartialModelSettings): boolean {
  if (layout !== undefined && shape.layout !== layout) return false;
  return task === undefined || task === taskOf(shape);
}

function taskOf({ masks }: ObjectShape): ObjectPlan['task'] {
  return masks === undefined ? 'detection' : 'instance-segmentation';
}

function isPartOf(shapes: readonly ObjectShape[], output: number): boolean {
  return shapes.some(({ uses }) => uses.includes(output));
}

function only(shapes: readonly ObjectShape[], outputs: readonly Port[], given: PartialModelSettings): ObjectShape {
  const [shape, ...others] = shapes;
  const { task = 'detection', layout, classes, labels } = given;
  if (shape === undefined) {
    const known = classes ?? labels;
    const names = known === undefined ? '' : `, for the ${known.length} classes ${known.join(', ')}`;
    const wanted =
      layout === undefined ? Object.values(FAMILIES).map((family) => family.shape) : [FAMILIES[layout].shape];
    throw refused(`must have outputs for ${task}${names}: ${wanted.join('; or ')}`, outputs);
  }
  if (others.length > 0) {
    throw refused(`must say in "layout" which it is, as its outputs can be read as ${namesOf(shapes)}`, outputs);
  }
  return shape;
}

function namesOf(shapes: readonly ObjectShape[]): string {
  return [...new Set(shapes.map(({ layout }) => `${layout} (${FAMILIES[layout].shape})`))].join(' or ');
}

function mapPlan(given: PartialModelSettings): MapPlan {
  return { task: 'segmentation', settings: { ...DEFAULT_SETTINGS, ...given, task: 'segmentation' } };
}

function objectPlan(shape: ObjectShape, outputs: readonly Port[], given: PartialModelSettings): ObjectPlan {
  const family = FAMILIES[shape.layout];
  const classes = classesOf(shape.classCount, outputs, given);
  const suppresses = family.iouThreshold !== undefined || given.suppressesBoxes === true;
  const settings = {
    ...DEFAULT_SETTINGS,
    threshold: family.threshold,
    ...family.input,
    ...given,
    task: taskOf(shape),
    layout: shape.layout,
    maxObjects: given.maxObjects ?? family.maxObjects,
    // Where the graph has dropped what overlaps, an entry of the file says what it did; only its reader's flag asks for more.
    iouThreshold: suppresses ? (given.iouThreshold ?? family.iouThreshold ?? 0.5) : undefined,
  };
  return { task: taskOf(shape), shape, family, classes, settings };
}

/** `count` undefined: the output does not tell how many there are. */
function classesOf(
  count: number | undefined,
  outputs: readonly Port[],
  given: PartialModelSettings,
): readonly string[] {
  const names = given.classes ?? given.labels;
  if (names === undefined) {
    const many = count === undefined ? '' : ` (${count} of them)`;
    throw refused(`must have names for its classes${many}: "classes" in model.json or the configuration`, outputs);
  }
  if (count === undefined || names.length === count) {
    return names.map((name) => (/^_*background_*$/i.test(name) ? BACKGROUND : name));
  }
  throw refused(
    `must have as many names of classes as its outputs have classes, ${count}: ${names.join(', ')}`,
    outputs,
  );
}

function classPlan(output: number | undefined, outputs: readonly Port[], given: PartialModelSettings): ClassPlan {
  if (output === undefined) {
    const names = given.classes ?? given.labels;
    const count = names === undefined ? 'a number for each class' : `a number for each of the ${names.length} classes`;
    throw refused(`must have an output [1,N] with ${count} for classification`, outputs);
  }
  const count = outputs[output]?.shape.at(-1);
  const settings = {
    ...DEFAULT_SETTINGS,
    threshold: given.multilabel === true ? 0.5 : 0,
    ...given,
    task: 'classification',
  } as const;
  return { task: 'classification', output, classes: classesOf(count, outputs, given), settings };
}

function scorePlan(output: number, outputs: readonly Port[], given: PartialModelSettings): ScorePlan {
  if (output < 0) throw refused('must have an output of one number for anomaly-score', outputs);
  const { reverseInputChannels, meanValues, scaleValues } = given;
  const isSaid = [reverseInputChannels, meanValues, scaleValues].some((value) => value !== undefined);
  const input = isSaid ? {} : ANOMALIB_INPUT;
  return {
    task: 'anomaly-score',
    output,
    settings: { ...DEFAULT_SETTINGS, ...input, ...given, task: 'anomaly-score' },
  };
}

function isOneNumber({ shape, elementType }: Port): boolean {
  return elementType === 'f32' && shape.every((size) => size === 1 || size === -1);
}

/** [1, N] of as many numbers as there are names; without names, the only output of that kind. */
function classListOf(outputs: readonly Port[], count: number | undefined): number | undefined {
  const lists = outputs.flatMap(({ shape, elementType }, index) => {
    const isList = elementType === 'f32' && shape.length === 2 && (shape[0] === 1 || shape[0] === -1);
    const length = shape[1] ?? 0;
    return isList && length > 1 && (count === undefined || length === count) ? [index] : [];
  });
  return lists.length === 1 ? lists[0] : undefined;
}

function refused(rule: string, outputs: readonly Port[]): ServiceError {
  const found = outputs.map(textOf).join(', ');
  return new ServiceError('ERR_MODEL_CONTRACT', `Cannot use the model as it ${rule}: it has ${found}`, {
    details: { expected: rule, found },
  });
}

function textOf({ name, elementType, shape }: Port): string {
  const text = shape.map((size) => (size === -1 ? '?' : size)).join(',');
  return `${name === '' ? '(unnamed)' : `"${name}"`} ${elementType} [${text}]`;
}
