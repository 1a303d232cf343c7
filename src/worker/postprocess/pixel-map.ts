/** From the bound output tensors to masks, as the model's settings say. Buffers are made once and reused. */

import type { Rectangle, Size } from '../../domain/size.js';
import type { CompiledModel, InferRequest } from '../../engine/engine.js';
import { sizeOf } from '../../engine/ports.js';
import { chooseOutput, type OutputPlan } from '../../model/output-plan.js';
import { BACKGROUND, type ModelSettings } from '../../model/settings.js';
import { ServiceError } from '../../std/errors.js';
import { normaliseAnomalies, type Planes, sigmoid, softmax, toPlanes } from '../../vision/activation.js';
import { chooseClasses, readClassNumbers, thresholdClasses } from '../../vision/classes.js';
import type { PixelOps } from '../../vision/pixel-ops.js';
import { createRegionFilter } from '../../vision/region-filter.js';
import { createMapRescaler, createNearestRescaler, type MapRescaler } from '../../vision/rescale-map.js';
import type { ThresholdSummary } from '../../vision/threshold.js';

export interface OutputReader {
  readonly plan: OutputPlan;
  /** Writes the mask at the model's size, 0 or 255, black outside of `content`. */
  read(content: Rectangle, mask: Uint8Array): ThresholdSummary;
  /** Of the picture read last: the mask of each class that is a defect. Undefined: nothing is counted by class. */
  readonly classMasks: readonly (readonly [name: string, mask: Uint8Array])[] | undefined;
}

export interface OutputReaderParts {
  readonly model: CompiledModel;
  readonly request: InferRequest;
  readonly pixels: PixelOps;
}

/** @throws {ServiceError} ERR_MODEL_CONTRACT */
export function createOutputReader(
  { model, request, pixels }: OutputReaderParts,
  settings: ModelSettings,
): OutputReader {
  const plan = chooseOutput(model.outputs, model.input, settings);
  const values = request.outputs[plan.index];
  if (values === undefined)
    throw new ServiceError('ERR_MODEL_CONTRACT', 'Cannot use the model as an output is missing');
  const size = sizeOf(model.input);
  const { threshold: limit, minRegionPixels } = settings;
  const classes = plan.classes;
  const byClass = classes?.map(() => pixels.allocate(size.width * size.height));
  const background = classes?.indexOf(BACKGROUND) ?? -1;
  const planes = createPlanes(plan, values, size, settings);
  const filter = minRegionPixels > 1 ? createRegionFilter(minRegionPixels) : undefined;

  function segment(mask: Uint8Array, numbers: Float32Array): ThresholdSummary {
    if (byClass === undefined) return pixels.threshold(numbers, limit, mask);
    const masks = { mask, byClass };
    if (plan.kind === 'class numbers') return readClassNumbers(numbers, background, masks);
    const isExclusive = settings.activation !== 'sigmoid' && byClass.length > 1;
    return (isExclusive ? chooseClasses : thresholdClasses)(numbers, background, limit, masks);
  }

  /** Of classes each by itself: what is left of them is the mask. */
  function withoutSpecks(mask: Uint8Array, seen: ThresholdSummary): ThresholdSummary {
    if (filter === undefined || seen.whitePixels === 0) return seen;
    if (byClass === undefined) return { ...seen, whitePixels: filter(mask, size.width, size.height) };
    mask.fill(0);
    for (const own of byClass) {
      filter(own, size.width, size.height);
      for (let i = 0; i < own.length; i++) if (own[i] !== 0) mask[i] = 255;
    }
    return { ...seen, whitePixels: mask.reduce((count, value) => count + (value === 0 ? 0 : 1), 0) };
  }

  return {
    plan,
    classMasks: classes?.flatMap((name, channel) =>
      name === BACKGROUND ? [] : [[name, byClass?.[channel] ?? new Uint8Array()] as const],
    ),
    read(content, mask) {
      const numbers = planes();
      blankOutside(numbers, size, content);
      return withoutSpecks(mask, segment(mask, numbers));
    },
  };
}

/** The numbers that are compared, one map after the other at the model's size. The output itself where nothing is to be done. */
function createPlanes(plan: OutputPlan, values: Float32Array, size: Size, settings: ModelSettings): () => Float32Array {
  const steps = [activationOf(plan, values, settings), rescalingOf(plan, size)];
  return () => steps.reduce((numbers, step) => step(numbers), values);
}

type Step = (numbers: Float32Array) => Float32Array;
const AS_IT_IS: Step = (numbers) => numbers;

function activationOf(plan: OutputPlan, values: Float32Array, { activation, anomalyScale }: ModelSettings): Step {
  const { kind, channel, channels } = plan;
  const pixels = plan.size.width * plan.size.height;
  if (kind === 'class numbers') {
    if (plan.classes !== undefined) return AS_IT_IS;
    const isDefect = channel === undefined ? (n: number) => n !== 0 : (n: number) => n === channel;
    const out = new Float32Array(pixels);
    return (numbers) => {
      for (let i = 0; i < pixels; i++) out[i] = isDefect(numbers[i]!) ? 1 : 0;
      return out;
    };
  }
  const lies: Planes =
    plan.layout === 'NCHW'
      ? { channels, pixels, channelStride: pixels, pixelStride: 1 }
      : { channels, pixels, channelStride: 1, pixelStride: channels };
  const steps: Step[] = [];
  const into = (write: (numbers: Float32Array, out: Float32Array) => void): void => {
    const out = new Float32Array(values.length);
    steps.push((numbers) => {
      write(numbers, out);
      return out;
    });
  };
  if (activation === 'softmax' && channels > 1) into((numbers, out) => softmax(numbers, lies, out));
  else if (plan.layout === 'NHWC' && channels > 1) into((numbers, out) => toPlanes(numbers, lies, out));
  if (activation === 'sigmoid') into(sigmoid);
  if (anomalyScale !== undefined) into((numbers, out) => normaliseAnomalies(numbers, anomalyScale, out));
  if (channel !== undefined) steps.push((numbers) => numbers.subarray(channel * pixels, (channel + 1) * pixels));
  return (numbers) => steps.reduce((result, step) => step(result), numbers);
}

function rescalingOf({ kind, size: from, classes, channels, channel }: OutputPlan, to: Size): Step {
  if (from.width === to.width && from.height === to.height) return AS_IT_IS;
  const isNumbered = kind === 'class numbers' && classes !== undefined;
  const rescale: MapRescaler = (isNumbered ? createNearestRescaler : createMapRescaler)(from, to);
  const maps = channel === undefined ? channels : 1;
  const [small, large] = [from.width * from.height, to.width * to.height];
  const out = new Float32Array(maps * large);
  return (numbers) => {
    for (let map = 0; map < maps; map++) {
      rescale(numbers.subarray(map * small, (map + 1) * small), out.subarray(map * large, (map + 1) * large));
    }
    return out;
  };
}

/** A border that the picture does not cover has no defects: NaN is greater than nothing. */
function blankOutside(numbers: Float32Array, { width, height }: Size, content: Rectangle): void {
  if (content.width === width && content.height === height) return;
  for (let start = 0; start < numbers.length; start += width * height) {
    for (let y = 0; y < height; y++) {
      const row = start + y * width;
      const isInside = y >= content.y && y < content.y + content.height;
      numbers.fill(Number.NaN, row, row + (isInside ? content.x : width));
      if (isInside) numbers.fill(Number.NaN, row + content.x + content.width, row + width);
    }
  }
}
