/**
 * THE JOURNEY on one page, inside the worker: parse → decode → resize → infer → segment → judge → render. One picture at
 * a time; buffers of the model's size are made once and reused. Runs in-process in tests.
 */

import type { Inspection, Job, RuleFailure, RuleResult, Stage } from '../domain/inspection.js';
import type { RenderKind } from '../domain/rule.js';
import type { CompiledModel, InferenceMode, InferRequest } from '../engine/engine.js';
import { sizeOf } from '../engine/ports.js';
import type { Codec, DecodeLimits, PlanesLimits } from '../imaging/codec.js';
import { detectFormat, isPicture } from '../imaging/detect-format.js';
import { createBase64Decoder } from '../payload/base64.js';
import { digestId, type Identity, identify, messageDigest } from '../payload/message-id.js';
import { type Frame, parse } from '../payload/parse.js';
import { defined } from '../std/defined.js';
import { ERRORS, ServiceError, toWire, type WireError } from '../std/errors.js';
import { copyBytes } from '../std/libc.js';
import { cameraNameIn } from '../topics/camera-name.js';
import type { PixelOps } from '../vision/pixel-ops.js';
import { isPlanes } from '../vision/planes.js';
import { overlapOf } from '../vision/mask-overlap.js';
import { createKeepPicture } from './keep-picture.js';
import type { TaskReader } from './postprocess/task-reader.js';
import type { InputWriter } from './preprocess.js';
import { createRenderer } from './render.js';
import type { CompiledRule, Seen } from './rule.js';
import type { Prediction } from './prediction.js';
import { type StageClock, startClock } from './stage-clock.js';
import { timestampMs } from './timestamp.js';

export interface InspectorParts {
  readonly model: CompiledModel;
  readonly request: InferRequest;
  readonly writeInput: InputWriter;
  /** As `DecodeLimits.shrink`; absent: pictures are decoded as they are. */
  readonly shrink?: DecodeLimits['shrink'] & {};
  /** As `PlanesLimits.planes`; absent: none is. */
  readonly planes?: PlanesLimits['planes'];
  readonly task: TaskReader;
  readonly codec: Codec;
  readonly pixels: PixelOps;
  /** Looked up at each picture, as rules come and go. */
  readonly rules: RuleBook;
}

/** Rules by key. */
export type RuleBook = ReadonlyMap<string, CompiledRule>;

export interface InspectorOptions {
  readonly imageField: string;
  readonly timestampField?: string;
  readonly cameraField?: string;
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
  const { threshold } = task.plan.settings;
  const keepPicture = createKeepPicture({ threshold, random: Math.random }, width);

  /** @param isDrawnOn the whole picture is likely to be wanted as well, in colour */
  async function predict(
    bytes: Uint8Array,
    { mode, isDrawnOn }: { readonly mode: InferenceMode; readonly isDrawnOn: boolean },
    clock: StageClock,
  ): Promise<Prediction> {
    const format = detectFormat(bytes);
    const limits = { maxPixels: options.maxPixels };
    const { planes, shrink } = parts;
    const decoded = await (planes && !isDrawnOn
      ? codec.decodePlanes(bytes, format, { ...limits, planes })
      : codec.decode(bytes, format, { ...limits, ...defined({ shrink }) }));
    const picture = decoded.fullSize ?? decoded;
    clock.end('decode');
    const { resized, seen, content } = parts.writeInput(decoded, request.input);
    clock.end('resize');
    request.infer(mode);
    clock.end('infer');
    const reading = task.read({ picture, seen, content }, mask);
    clock.end('segment');
    const measures = { ...reading.measures, width: picture.width, height: picture.height };
    const { classMasks, plan } = task;
    const found = defined({ objects: reading.objects, masks: reading.masks });
    const isWhole = !isPlanes(decoded) && decoded.fullSize === undefined;
    const wholePicture = () => (isWhole ? decoded : codec.decode(bytes, format, limits));
    return { task: plan.task, measures, picture, wholePicture, resized, mask, classMasks, seen, content, ...found };
  }

  async function renderAlone(prediction: Prediction, kind: RenderKind): Promise<Uint8Array> {
    const picture = (await renderer.render(prediction, new Set([kind]))).get(kind);
    return picture === undefined || picture instanceof ServiceError ? new Uint8Array() : picture.bytes;
  }

  /** The results of rules that want the picture. What each draws is drawn once. */
  async function resultsOf(
    prediction: Prediction,
    judging: readonly CompiledRule[],
    seen: Seen,
    { attempt, clock }: { readonly attempt: Attempt; readonly clock: StageClock },
  ): Promise<RuleResult[]> {
    const looked = judging.some(({ looksAtPicture }) => looksAtPicture)
      ? await renderer.render(prediction, new Set(['pair']))
      : undefined;
    const pair = looked?.get('pair');
    const drawn = pair instanceof ServiceError ? undefined : pair;
    const matches = judging.flatMap((rule) => {
      const match = attempt(rule.spec.id, () => rule.match({ ...seen, ...defined({ drawn }) }));
      return match === undefined ? [] : [{ rule, match }];
    });
    if (matches.length === 0) return [];
    const pictures = await renderer.render(prediction, new Set(matches.map(({ rule }) => rule.spec.render)));
    const results = matches.flatMap(({ rule: { spec }, match }) => {
      const own = attempt(spec.id, () => {
        const picture = pictures.get(spec.render);
        if (picture instanceof ServiceError) throw picture;
        return match(picture);
      });
      return own ?? [];
    });
    clock.end('render');
    return results;
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

  /** What rules publish of a fault of the picture itself: a rule in SQL may want to. */
  function toldOf(job: Job, error: ServiceError): readonly RuleResult[] {
    if (job.dryRun !== undefined || ERRORS[error.code].onFailure !== 'report') return [];
    return rulesOf(job).flatMap((rule) => rule.tell?.(error.message) ?? []);
  }

  async function inspectFrame(
    { job, mode }: { readonly job: Job; readonly mode: InferenceMode },
    frame: Frame,
    said: Said,
    clock: StageClock,
  ): Promise<Inspection> {
    const { id } = said;
    const judging = rulesOf(job);
    const judgeDryRun = job.dryRun && (await import('./dry-run.js')).prepareDryRun(job.dryRun, judging, classes);
    const isDrawnOn = job.dryRun?.render === 'overlay' || judging.some(({ spec }) => spec.render === 'overlay');
    const prediction = await predict(frame.bytes, { mode, isDrawnOn }, clock);
    const { measures } = prediction;
    const compared = comparison(job, prediction);
    const inferenceTimeMs = clock.sinceStart('infer');
    const facts = { measures, topic: job.topic, msg: frame.msg, props: job.properties.user };
    if (job.dryRun && judgeDryRun) {
      const picture = (await renderer.render(prediction, new Set([job.dryRun.render]))).get(job.dryRun.render);
      clock.end('render');
      if (picture instanceof ServiceError) throw picture;
      const dryRun = { ...judgeDryRun(facts), ...defined({ picture }) };
      const { stagesMs } = clock;
      return { id, model: options.modelName, measures, inferenceTimeMs, stagesMs, results: [], dryRun, ...compared };
    }
    const failures: RuleFailure[] = [];
    const attempt = attempting(said, failures);
    const { topic, receivedAtMs } = job;
    const values = { id, topic, receivedAtMs, frame, measures, inferenceTimeMs, model: options.modelName };
    const seen = { facts, values, imageField: options.imageField };
    const results = await resultsOf(prediction, judging, seen, { attempt, clock });
    for (const { rule, error } of failures) {
      const failed = judging.find(({ spec }) => spec.id === rule);
      results.push(...(failed?.tell?.(reasonOf(error)) ?? []));
    }
    const isAnyKept = judging.some(({ keep }) => keep !== undefined);
    const kept = isAnyKept ? keepPicture(judging, { facts, bytes: frame.bytes, prediction }) : undefined;
    const takenAtMs = options.timestampField === undefined ? undefined : timestampMs(frame.msg[options.timestampField]);
    return {
      ...said,
      model: options.modelName,
      measures,
      inferenceTimeMs,
      stagesMs: clock.stagesMs,
      results,
      ...(failures.length > 0 && { failures }),
      ...kept,
      ...compared,
      ...defined({ takenAtMs, candidatesCut: prediction.objects?.cut || undefined }),
    };
  }

  function cameraIn(msg: Frame['msg']): Pick<Said, 'camera'> {
    const { cameraField } = options;
    return cameraField === undefined ? {} : defined({ camera: cameraNameIn(msg, cameraField) });
  }

  return {
    async inspect(job, mode = 'throughput') {
      const clock = startClock();
      let identity: Identity | undefined;
      let said: Said | undefined;
      try {
        const frame = parse(job.payload, { imageField: options.imageField, isPicture, decodePlain });
        identity = identify(job, frame.msg);
        said = { id: identity.id, ...cameraIn(frame.msg) };
        clock.end('parse');
        const inspection = await inspectFrame({ job, mode }, frame, said, clock);
        return { ...inspection, ...defined({ digest: identity.digest }) };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const { id, digest } = identity ?? {};
        const { code, message, cause, details } = error;
        const named =
          said === undefined ? error : new ServiceError(code, message, { cause, details: { ...details, ...said } });
        const told = toldOf(job, named);
        if (told.length === 0) throw named;
        return {
          id: id ?? digestId(messageDigest(job.topic, job.payload)),
          model: '',
          inferenceTimeMs: 0,
          stagesMs: clock.stagesMs,
          results: told,
          failures: [{ rule: told[0]?.rule ?? '', error: toWire(named) }],
          ...defined({ digest }),
        };
      }
    },
    async inspectPicture(bytes, mode = 'throughput') {
      const clock = startClock();
      const prediction = await predict(bytes, { mode, isDrawnOn: false }, clock);
      return { prediction, inferenceTimeMs: clock.sinceStart('infer'), stagesMs: clock.stagesMs };
    },
    renderPair: (prediction) => renderAlone(prediction, 'pair'),
    renderOverlay: (prediction) => renderAlone(prediction, 'overlay'),
  };
}

/** What is asked for to compare two models; the mask is copied, as the next picture takes its place. */
function comparison(job: Job, prediction: Prediction): Pick<Inspection, 'mask' | 'overlap'> {
  if (!job.wantsMask && job.compareWith === undefined) return {};
  const { mask, resized, seen, content } = prediction;
  const own = { mask, width: resized.width, height: resized.height, seen, content };
  return {
    ...(job.wantsMask && { mask: { ...own, mask: mask.slice() } }),
    ...(job.compareWith && { overlap: overlapOf(job.compareWith, own) }),
  };
}

/** What a message says of itself, which its results and faults repeat. */
type Said = Pick<Inspection, 'id' | 'camera'>;

/** Runs a step of one rule; undefined when the rule failed, which is noted and concerns this rule alone. */
type Attempt = <T>(rule: string, step: () => T) => T | undefined;

function attempting(said: Said, failures: RuleFailure[]): Attempt {
  return (rule, step) => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { code, message, cause, details } = error;
      const named = new ServiceError(code, message, { cause, details: { ...details, ...said, rule } });
      failures.push({ rule, error: toWire(named) });
      return undefined;
    }
  };
}

/** eKuiper's sentence, where there is one. */
function reasonOf({ message, details }: WireError): string {
  const { reason } = details;
  return typeof reason === 'string' ? reason : message;
}
