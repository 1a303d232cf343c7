/**
 * The self-test: the model's own picture must give the count and the mask that its model.json names. Without that entry
 * the engine must at least give the same finite numbers twice. A server that silently returns garbage is the worst fault.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Measures } from '../domain/measures.js';
import type { InferenceMode, InferRequest } from '../engine/engine.js';
import type { SelfTestSpec } from '../model/spec.js';
import type { TaskPlan } from '../model/task-plan.js';
import type { Task } from '../model/tasks.js';
import { assertNever, ServiceError } from '../std/errors.js';
import type { Inspector } from './inspect.js';
import type { CountedMasks } from './protocol/one-shot.js';
import type { Prediction } from './prediction.js';

/** Other precisions than f32 may turn this fraction of the mask's pixels. */
const TOLERATED_FRACTION = 0.02;
/** By how much a probability may differ: in f32 the order of additions differs between processors. */
const TOLERATED_PROBABILITY = { f32: 0.001, other: 0.1 };

/** Whether contours are counted in the mask of a task: OpenCV can then be asked for its own count. */
const COUNTS_CONTOURS: Readonly<Record<Task, boolean>> = {
  segmentation: true,
  detection: false,
  'instance-segmentation': false,
  classification: false,
  'anomaly-score': false,
};

export interface SelfTestParts {
  readonly inspector: Inspector;
  readonly request: InferRequest;
  readonly plan: TaskPlan;
  /** As the device says: "f32", "bf16" … */
  readonly precision: string;
  readonly spec: SelfTestSpec | undefined;
}

/**
 * Resolves to copies of the masks with their counts, so that OpenCV can be asked for its own; to undefined without an entry, or
 * where nothing counts contours.
 * @throws {ServiceError} ERR_SELF_TEST with what was expected and what came out
 */
export async function selfTest(
  { inspector, request, plan, precision, spec }: SelfTestParts,
  mode: InferenceMode,
): Promise<CountedMasks | undefined> {
  if (spec === undefined) {
    assertSteady(request, mode, plan);
    return undefined;
  }
  const { prediction } = await inspector.inspectPicture(readPicture(spec.picture), mode);
  assertExpected(prediction, precision, spec);
  return countedMasks(prediction);
}

function assertExpected({ measures, mask }: Prediction, precision: string, spec: SelfTestSpec): void {
  assertProbabilities(measures, precision, spec);
  if (precision !== 'f32') {
    // Not by the area, which is a fraction of what the picture covers: a letterbox leaves a border.
    const whitePixels = mask.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
    const difference = Math.abs(whitePixels - spec.whitePixels) / mask.length;
    if (difference <= TOLERATED_FRACTION) return;
    throw wrong(`about ${spec.whitePixels} white pixels (precision ${precision})`, `${whitePixels}`, spec.picture);
  }
  if (measures.defect !== spec.defect) throw wrong(`${spec.defect} defects`, `${measures.defect}`, spec.picture);
  const [counted, expected] = [measures.defects, spec.defects].map(countsText);
  if (expected !== undefined && counted !== expected)
    throw wrong(`${expected} defects`, counted ?? 'no classes', spec.picture);
  const maskSha256 = createHash('sha256').update(mask).digest('hex');
  if (maskSha256 !== spec.maskSha256) throw wrong(`a mask of sha256 ${spec.maskSha256}`, maskSha256, spec.picture);
}

/** What a mask does not show: a classifier has an empty one, and that of a detector says nothing of certainty. */
function assertProbabilities({ score, classes = {} }: Measures, precision: string, spec: SelfTestSpec): void {
  const tolerated = precision === 'f32' ? TOLERATED_PROBABILITY.f32 : TOLERATED_PROBABILITY.other;
  const rows = Object.entries(spec.classes ?? {}).map(([name, value]) => [`of ${name}`, value, classes[name]] as const);
  if (spec.score !== undefined) rows.push(['of the picture', spec.score, score]);
  for (const [what, expected, found] of rows) {
    if (found !== undefined && Math.abs(found - expected) <= tolerated) continue;
    throw wrong(`a score ${what} of ${expected} (precision ${precision})`, `${found ?? 'none'}`, spec.picture);
  }
}

/** In one order: a JSON object has none. */
function countsText(counts: Readonly<Record<string, number>> | undefined): string | undefined {
  return counts && JSON.stringify(Object.fromEntries(Object.entries(counts).sort()));
}

/** Undefined where nothing counts contours. The picture may be another one than the self-test's. */
export function countedMasks(prediction: Prediction): CountedMasks | undefined {
  const { task, measures, resized, mask, classMasks = [] } = prediction;
  if (!COUNTS_CONTOURS[task]) return undefined;
  const { width, height } = resized;
  const ofClasses = classMasks.map(([name, own]) => ({
    name: `the mask of ${name}`,
    mask: own.slice(),
    contours: measures.defects?.[name] ?? 0,
  }));
  return {
    width,
    height,
    masks: [{ name: 'the whole mask', mask: mask.slice(), contours: measures.defect }, ...ofClasses],
  };
}

function readPicture(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ServiceError('ERR_SELF_TEST', `Cannot read the self-test picture as it must be there: ${path}`, {
      cause,
    });
  }
}

/** Whether an output must have finite numbers alone. A detector that finds nothing may give masks of NaN. */
function isAlwaysFinite(plan: TaskPlan, output: number): boolean {
  switch (plan.task) {
    case 'segmentation':
      return true;
    case 'detection':
    case 'instance-segmentation':
      return false;
    case 'classification':
    case 'anomaly-score':
      return output === plan.output;
    default:
      return assertNever(plan);
  }
}

/** Two inferences on one made-up picture, one of them in this mode, must agree bit for bit, and be finite where they always are. */
export function assertSteady(request: InferRequest, mode: InferenceMode, plan: TaskPlan): void {
  const isSame = (a: number, b: number | undefined) => a === b || (Number.isNaN(a) && Number.isNaN(b));
  for (let i = 0; i < request.input.length; i += 1) request.input[i] = (i * 31) % 256;
  request.infer('throughput');
  const first = request.outputs.map((output) => Float32Array.from(output));
  request.infer(mode);
  const steady = request.outputs.every((output, index) => {
    const mayBeAny = !isAlwaysFinite(plan, index);
    return (
      output.length === first[index]?.length &&
      output.every((value, at) => (mayBeAny || Number.isFinite(value)) && isSame(value, first[index]?.[at]))
    );
  });
  if (!steady)
    throw wrong('the same finite numbers twice', 'numbers that differ or are not finite', 'a made-up picture');
}

function wrong(expected: string, found: string, picture: string): ServiceError {
  return new ServiceError(
    'ERR_SELF_TEST',
    `Cannot trust the engine as ${picture} must give ${expected}: it gives ${found}`,
    {
      details: { expected, found, picture },
    },
  );
}
