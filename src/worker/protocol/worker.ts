/**
 * THE BOUNDARY between the main thread and a worker: every message either way, and the wire form of an error. All that
 * pool/ may import from this folder. An Error sent by postMessage loses its class and code, hence the explicit form.
 */

import type { Inspection, Job } from '../../domain/inspection.js';
import type { ResultEncoding, RuleSpec } from '../../domain/rule.js';
import type { CompileOptions, EngineChoice, InferWay, Port, SharedModel } from '../../engine/engine.js';
import type { ModelSpec } from '../../model/spec.js';
import type { WireError } from '../../std/wire-error.js';

/** Everything a worker needs to know for its life; goes as workerData. */
export interface WorkerSetup {
  readonly engine: EngineChoice;
  readonly compile: CompileOptions;
  /** A second compilation, for pictures that are alone; absent: none. */
  readonly compileWide?: CompileOptions;
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

export type { InferWay, SharedModel };

export type Request =
  /** First message: use this compiled model, or compile your own when it is absent. Answered by `ready` or `unfit`. */
  | {
      readonly type: 'start';
      readonly shared: SharedModel | undefined;
      /** As in `widen`, before `ready`. */
      readonly wide?: SharedModel;
    }
  | {
      readonly type: 'inspect';
      readonly id: number;
      readonly job: Job;
      readonly way: InferWay;
      /** Ids of former ones: their payloads have been published, so that their shared memory may be used again. */
      readonly released: readonly number[];
    }
  | { readonly type: 'self-test'; readonly id: number }
  /** Use this compilation too. Answered only if that fails, by `not-widened`. */
  | { readonly type: 'widen'; readonly shared: SharedModel }
  /** Free native memory and end by yourself. */
  | { readonly type: 'stop' };

export type Reply =
  | { readonly type: 'ready' }
  | { readonly type: 'unfit'; readonly error: WireError }
  | { readonly type: 'inspected'; readonly id: number; readonly inspection: Inspection }
  | { readonly type: 'self-tested'; readonly id: number; readonly counted?: CountedMasks }
  | { readonly type: 'not-widened'; readonly error: WireError }
  | { readonly type: 'failed'; readonly id: number; readonly error: WireError };

/** The masks that a self-test's picture gave, for OpenCV to count too; workerData of the thread that does so. */
export interface CountedMasks {
  readonly width: number;
  readonly height: number;
  /** The whole mask, and one of each class. */
  readonly masks: readonly {
    /** As a sentence says it. */
    readonly name: string;
    /** width × height bytes of 0 or 255, row by row. */
    readonly mask: Uint8Array;
    readonly contours: number;
  }[];
}

/** Its one message. */
export type RecountReply =
  /** In the order of the masks. */
  | { readonly type: 'recounted'; readonly contours: readonly number[] }
  | { readonly type: 'not-recounted'; readonly error: WireError };

/** workerData of a thread that only infers; it answers with the number of inferences. */
export interface CeilingTask {
  readonly setup: WorkerSetup;
  readonly shared: SharedModel | undefined;
  readonly seconds: number;
}

/** The one message to the compiling thread: it may load the runtime now. */
export interface CompileRequest {
  readonly type: 'compile';
}

/** Its one message. */
export type CompileReply =
  | {
      readonly type: 'compiled';
      /** Undefined when the engine cannot share: every worker then compiles its own. */
      readonly shared: SharedModel | undefined;
      readonly engineVersion: string;
      readonly deviceName: string;
      readonly precision: string;
      readonly input: Port;
    }
  | { readonly type: 'not-compiled'; readonly error: WireError };
