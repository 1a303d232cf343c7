/** THE BOUNDARY between the main thread and a worker: every message either way. The folder is all that pool/ imports of it. */

import type { Inspection, Job } from '../../domain/inspection.js';
import type { ResultEncoding, RuleSpec } from '../../domain/rule.js';
import type { CompileOptions, EngineChoice, InferenceMode, SharedModel } from '../../engine/engine.js';
import type { ModelSpec } from '../../model/spec.js';
import type { WireError } from '../../std/errors.js';
import type { CountedMasks } from './one-shot.js';

/** Everything that is to be known to inspect pictures with one model; a worker has one for each model. */
export interface WorkerSetup {
  /** Names the model among all that a worker holds: its id, and from its second version on a number. */
  readonly key: string;
  readonly engine: EngineChoice;
  readonly compile: CompileOptions;
  /** Of the second compilation, for pictures that are alone; absent: there is none. */
  readonly compileLatency?: CompileOptions;
  readonly model: ModelSpec;
  /** Absolute path of libturbojpeg, or absent: sharp decodes everything. */
  readonly turbojpeg?: string;
  /** CodecOptions.libvips: the same memory in every worker. */
  readonly libvips: SharedArrayBuffer;
  /** The rules of this model. */
  readonly rules: readonly RuleSpec[];
  readonly imageField: string;
  /** Name of the JSON field that says when the picture was taken. */
  readonly timestampField?: string;
  /** Name of the JSON field that says which camera took it, where cameras.by names one. */
  readonly cameraField?: string;
  readonly copyFields: readonly string[];
  readonly encoding: ResultEncoding;
  readonly maxPayloadBytes: number;
  readonly maxPixels: number;
}

/** A model that is ready to be opened by a worker. */
export interface ModelHandle {
  readonly setup: WorkerSetup;
  /** Undefined: each worker compiles its own. */
  readonly shared: SharedModel | undefined;
  /** The second compilation, once there is one. */
  readonly latency?: SharedModel;
}

/** workerData of a worker: what it can load before it gets a model. */
export interface WorkerData {
  readonly engine: EngineChoice;
  /** It yields to others. */
  readonly isBackground?: boolean;
  /** Of progress.ts. */
  readonly progress: SharedArrayBuffer;
}

/** A change of what a worker holds. Answered by `changed` or `failed`. */
export type Change =
  /** Its self-test must pass. */
  | { readonly type: 'add-model'; readonly model: ModelHandle }
  /** Frees what it holds of the model: no job of it may follow. */
  | { readonly type: 'remove-model'; readonly key: string }
  /** Pictures that are alone are inferred as all others are: the second compilation of the model will be freed. */
  | { readonly type: 'drop-latency-mode'; readonly key: string }
  /** All of them, or none. */
  | { readonly type: 'add-rules'; readonly key: string; readonly rules: readonly RuleSpec[] }
  /** Rules that no job after this one is judged by, by their keys. */
  | { readonly type: 'drop-rules'; readonly key: string; readonly rules: readonly string[] };

export type Request =
  /** First message. Answered by `ready` or `could-not-start`. */
  | { readonly type: 'start'; readonly models: readonly ModelHandle[] }
  | {
      readonly type: 'inspect';
      readonly id: number;
      readonly job: Job;
      readonly mode: InferenceMode;
      /** Ids of former ones: their payloads have been published, so that their shared memory may be used again. */
      readonly released: readonly number[];
    }
  | { readonly type: 'self-test'; readonly id: number; readonly key: string }
  /** Use this compilation too. Answered only if that fails, by `warning`. */
  | { readonly type: 'enable-latency-mode'; readonly key: string; readonly shared: SharedModel }
  | { readonly type: 'change'; readonly id: number; readonly change: Change }
  /** Free native memory and end by yourself. */
  | { readonly type: 'stop' };

export type Reply =
  | { readonly type: 'ready' }
  | { readonly type: 'could-not-start'; readonly error: WireError }
  | { readonly type: 'inspected'; readonly id: number; readonly inspection: Inspection }
  | { readonly type: 'self-tested'; readonly id: number; readonly counted?: CountedMasks }
  | { readonly type: 'changed'; readonly id: number }
  /** The worker goes on with less than it was given; for the log. */
  | { readonly type: 'warning'; readonly error: WireError }
  | { readonly type: 'failed'; readonly id: number; readonly error: WireError };
