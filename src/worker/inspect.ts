/**
 * THE JOURNEY on one page, inside the worker: parse → decode → resize → infer → segment → judge → render. One picture at
 * a time; buffers of the model's size are made once and reused. Runs in-process in tests.
 */

import type { Inspection, Job, RuleFailure, RuleResult, Stage } from '../domain/inspection.js';
import type { RenderKind, RuleSpec } from '../domain/rule.js';
import type { CompiledModel, InferenceMode, InferRequest } from '../engine/engine.js';
import { sizeOf } from '../engine/ports.js';
import type { Codec } from '../imaging/codec.js';
import { detectFormat, isPicture } from '../imaging/detect-format.js';
import { createBase64Decoder } from '../payload/base64.js';
import { digestId, givenId, messageDigest } from '../payload/message-id.js';
import { type Frame, parse } from '../payload/parse.js';
import type { EncodeResult, ResultValues } from '../payload/render-result.js';
import type { Facts, Predicate } from '../rules/where.js';
import { defined } from '../std/defined.js';
import { ServiceError, toWire } from '../std/errors.js';
import { copyBytes } from '../std/libc.js';
import type { PixelOps } from '../vision/pixel-ops.js';
import { prepareDryRun } from './dry-run.js';
import type { TaskReader } from './postprocess/task-reader.js';
import type { InputWriter } from './preprocess.js';
import { createRenderer } from './render.js';
import type { Prediction } from './prediction.js';
import { type StageClock, startClock } from './stage-clock.js';

export interface InspectorParts {
  readonly model: CompiledModel;
  readonly request: InferRequest;
  readonly writeInput: InputWriter;
  readonly task: TaskReader;
  readonly codec: Codec;
  readonly pixels: PixelOps;
  /** Looked up at each picture, as rules come and go. */
  readonly rules: RuleBook;
}

/** A rule as functions. */
export interface CompiledRule {
  readonly spec: RuleSpec;
  readonly predicate: Predicate;
  readonly ok: Pick<Predicate, 'holds'>;
  readonly encode: EncodeResult;
}

/** Rules by key. */
export type RuleBook = ReadonlyMap<string, CompiledRule>;

export interface InspectorOptions {
  readonly imageField: string;
  readonly timestampField?: string;
  readonly maxPixels: number;
  /** `name@version`. */
  readonly modelName: string;
}

export interface PictureInspection {
  readonly prediction: Prediction;
  /** From before decoding to the end of inference. */
  readonly inferenceTimeMs: number;
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
}

export interface Inspector {
  /** @throws {ServiceError} with the message's id in its details once that is known */
  inspect(job: Job, mode?: InferenceMode): Promise<Inspection>;
  /** The path from an encoded picture to its measures, without message and rules. */
  inspectPicture(bytes: Uint8Array, mode?: InferenceMode): Promise<PictureInspection>;
  /** The picture beside its mask as JPEG. */
  renderPair(prediction: Prediction): Promise<Uint8Array>;
  /** The picture with what was found drawn on it, as JPEG. */
  renderOverlay(prediction: Prediction): Promise<Uint8Array>;
}

export function createInspector(parts: InspectorParts, options: InspectorOptions): Inspector {
  const { model, request, codec, task, pixels, rules } = parts;
  const { width, height } = sizeOf(model.input);
  const decodePlain = createBase64Decoder(copyBytes);
  const mask = pixels.allocate(width * height);
  const renderer = createRenderer({ codec, pixels }, { width, height });
  const classes = task.countedClasses;

  async function predict(bytes: Uint8Array, mode: InferenceMode, clock: StageClock): Promise<Prediction> {
    const picture = await codec.decode(bytes, detectFormat(bytes), { maxPixels: options.maxPixels });
    clock.end('decode');
    const { resized, seen, content } = parts.writeInput(picture, request.input);
    clock.end('resize');
    request.infer(mode);
    clock.end('infer');
    const reading = task.read({ picture, seen, content }, mask);
    clock.end('segment');
    const measures = { ...reading.measures, width: picture.width, height: picture.height };
    const { classMasks, plan } = task;
    const found = defined({ objects: reading.objects, masks: reading.masks });
    return { task: plan.task, measures, picture, resized, mask, classMasks, seen, content, ...found };
  }

  async function renderAlone(prediction: Prediction, kind: RenderKind): Promise<Uint8Array> {
    const picture = (await renderer.render(prediction, new Set([kind]))).get(kind);
    return picture === undefined || picture instanceof ServiceError ? new Uint8Array() : picture.bytes;
  }

  async function renderResults(
    prediction: Prediction,
    { matching, facts }: { readonly matching: readonly CompiledRule[]; readonly facts: Facts },
    values: Omit<ResultValues, 'rule' | 'ok' | 'jpeg'>,
    attempt: Attempt,
  ): Promise<RuleResult[]> {
    const kinds = new Set<RenderKind>(matching.map(({ spec }) => spec.render));
    const pictures = await renderer.render(prediction, kinds);
    return matching.flatMap(({ spec, ok: { holds }, encode }) => {
      const result = attempt(spec.id, (): RuleResult => {
        const picture = pictures.get(spec.render);
        if (picture instanceof ServiceError) throw picture;
        const ok = holds(facts);
        const payload = encode({ ...values, rule: spec.id, ok, jpeg: picture?.bytes });
        return { rule: spec.id, ok, payload, ...(picture === undefined ? {} : { pictureType: picture.type }) };
      });
      return result === undefined ? [] : [result];
    });
  }

  /** Those of the assignment; without one all that there are. */
  function rulesOf({ assignments: [assignment] = [] }: Job): readonly CompiledRule[] {
    if (assignment === undefined) return [...rules.values()];
    return assignment.rules.map((key) => {
      const rule = rules.get(key);
      if (rule === undefined) throw new Error(`there is no rule ${key}`);
      return rule;
    });
  }

  async function inspectFrame(
    { job, mode }: { readonly job: Job; readonly mode: InferenceMode },
    frame: Frame,
    id: string,
    clock: StageClock,
  ): Promise<Inspection> {
    const judging = rulesOf(job);
    const judgeDryRun = job.dryRun && prepareDryRun(job.dryRun, judging, classes);
    const prediction = await predict(frame.bytes, mode, clock);
    const { measures } = prediction;
    const inferenceTimeMs = clock.sinceStart('infer');
    const facts = { measures, topic: job.topic, msg: frame.msg, props: job.properties.user };
    if (job.dryRun && judgeDryRun) {
      const picture = (await renderer.render(prediction, new Set([job.dryRun.render]))).get(job.dryRun.render);
      clock.end('render');
      if (picture instanceof ServiceError) throw picture;
      const dryRun = { ...judgeDryRun(facts), ...defined({ picture }) };
      return { id, model: options.modelName, measures, inferenceTimeMs, stagesMs: clock.stagesMs, results: [], dryRun };
    }
    const failures: RuleFailure[] = [];
    const attempt = attempting(id, failures);
    const matching = judging.filter(({ spec, predicate }) => attempt(spec.id, () => predicate.holds(facts)));
    let results: RuleResult[] = [];
    if (matching.length > 0) {
      const { topic, receivedAtMs } = job;
      const values = { id, topic, receivedAtMs, frame, measures, inferenceTimeMs, model: options.modelName };
      results = await renderResults(prediction, { matching, facts }, values, attempt);
      clock.end('render');
    }
    const takenAtMs = options.timestampField === undefined ? undefined : timestampMs(frame.msg[options.timestampField]);
    return {
      id,
      model: options.modelName,
      measures,
      inferenceTimeMs,
      stagesMs: clock.stagesMs,
      results,
      ...(failures.length > 0 && { failures }),
      ...defined({ takenAtMs, candidatesCut: prediction.objects?.cut || undefined }),
    };
  }

  return {
    async inspect(job, mode = 'throughput') {
      const clock = startClock();
      const frame = parse(job.payload, { imageField: options.imageField, isPicture, decodePlain });
      const { id, digest } = identify(job, frame.msg);
      clock.end('parse');
      try {
        const inspection = await inspectFrame({ job, mode }, frame, id, clock);
        return digest === undefined ? inspection : { ...inspection, digest };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        throw new ServiceError(error.code, error.message, { cause: error.cause, details: { ...error.details, id } });
      }
    },
    async inspectPicture(bytes, mode = 'throughput') {
      const clock = startClock();
      const prediction = await predict(bytes, mode, clock);
      return { prediction, inferenceTimeMs: clock.sinceStart('infer'), stagesMs: clock.stagesMs };
    },
    renderPair: (prediction) => renderAlone(prediction, 'pair'),
    renderOverlay: (prediction) => renderAlone(prediction, 'overlay'),
  };
}

/** Runs a step of one rule; undefined when the rule failed, which is noted and concerns this rule alone. */
type Attempt = <T>(rule: string, step: () => T) => T | undefined;

function attempting(id: string, failures: RuleFailure[]): Attempt {
  return (rule, step) => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { code, message, cause, details } = error;
      const named = new ServiceError(code, message, { cause, details: { ...details, id, rule } });
      failures.push({ rule, error: toWire(named) });
      return undefined;
    }
  };
}

/** The message's id, and its digest where there is one: made only where it is needed, as hashing costs more than decoding base64. */
function identify({ topic, payload, properties, digest }: Job, msg: Frame['msg']): Pick<Inspection, 'id' | 'digest'> {
  const given = givenId({ msg, userProperties: properties.user });
  if (given !== undefined) return { id: given, ...defined({ digest }) };
  const made = digest ?? messageDigest(topic, payload);
  return { id: digestId(made), digest: made };
}

/** Milliseconds since the epoch of an ISO 8601 text, or of a number of seconds or (above the year 5138) milliseconds. */
function timestampMs(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const parsed = Date.parse(value);
    return Number.isNaN(parsed) ? undefined : parsed;
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return undefined;
  return value < 1e11 ? value * 1000 : value;
}
