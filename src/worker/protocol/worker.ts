/** THE BOUNDARY between the main thread and a worker: every message either way. The folder is all that pool/ imports of it. */

import type { Inspection, Job } from '../../domain/inspection.js';
import type { ResultEncoding, RuleSpec } from '../../domain/rule.js';
import type { CompileOptions, EngineChoice, InferenceMode, SharedModel } from '../../engine/engine.js';
import type { ModelSpec } from '../../model/spec.js';
import type { WireError } from '../../std/wire-error.js';
import type { CountedMasks } from './one-shot.js';

/** Everything a worker needs to know for its life; goes as workerData. */
export interface WorkerSetup {
  readonly engine: EngineChoice;
  readonly compile: CompileOptions;
  /** Of the second compilation, for pictures that are alone; absent: there is none. */
  readonly compileLatency?: CompileOptions;
  readonly model: ModelSpec;
  /** Absolute path of libturbojpeg, or absent: sharp decodes everything. */
  readonly turbojpeg?: string;
  /** CodecOptions.libvips: the same memory in every worker. */
  readonly libvips: SharedArrayBuffer;
  readonly rules: readonly RuleSpec[];
  readonly imageField: string;
  /** Name of the JSON field that says when the picture was taken. */
  readonly timestampField?: string;
  readonly copyFields: readonly string[];
  readonly encoding: ResultEncoding;
  readonly maxPayloadBytes: number;
  readonly maxPixels: number;
}

export type Request =
  /** First message: use this compiled model, or compile your own when it is absent. Answered by `ready` or `could-not-start`. */
  | {
      readonly type: 'start';
      readonly shared: SharedModel | undefined;
      /** As in `enable-latency-mode`, before `ready`. */
      readonly latency?: SharedModel;
    }
  | {
      readonly type: 'inspect';
      readonly id: number;
      readonly job: Job;
      readonly mode: InferenceMode;
      /** Ids of former ones: their payloads have been published, so that their shared memory may be used again. */
      readonly released: readonly number[];
    }
  | { readonly type: 'self-test'; readonly id: number }
  /** Use this compilation too. Answered only if that fails, by `warning`. */
  | { readonly type: 'enable-latency-mode'; readonly shared: SharedModel }
  /** Free native memory and end by yourself. */
  | { readonly type: 'stop' };

export type Reply =
  | { readonly type: 'ready' }
  | { readonly type: 'could-not-start'; readonly error: WireError }
  | { readonly type: 'inspected'; readonly id: number; readonly inspection: Inspection }
  | { readonly type: 'self-tested'; readonly id: number; readonly counted?: CountedMasks }
  /** The worker goes on with less than it was given; for the log. */
  | { readonly type: 'warning'; readonly error: WireError }
  | { readonly type: 'failed'; readonly id: number; readonly error: WireError };
