/** One picture to inspect, and what came of it. */
import type { MessageProperties } from './delivery.js';
import type { Measures } from './measures.js';
import type { PictureType, RenderKind } from './rule.js';

/** One picture to inspect. */
export interface Job {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly properties: MessageProperties;
  readonly receivedAtMs: number;
  /** Of topic and payload, where somebody has it already (messageDigest). */
  readonly digest?: string;
  /** Present: nothing is to be published, the answer is for one person. */
  readonly dryRun?: DryRun;
}

export const STAGES = ['queue', 'parse', 'decode', 'resize', 'infer', 'segment', 'render', 'publish'] as const;
export type Stage = (typeof STAGES)[number];

/** The result of one rule that matched, ready to publish. */
export interface RuleResult {
  readonly rule: string;
  readonly payload: Uint8Array;
  /** Of the picture in it; absent when none is drawn. */
  readonly pictureType?: PictureType;
}

/** A finished inspection; `results` is empty when every rule filtered the picture. */
export interface Inspection {
  readonly id: string;
  /** `name@version` of the model that gave the measures. */
  readonly model: string;
  /** Of topic and payload, where somebody had to make it (messageDigest). */
  readonly digest?: string;
  readonly measures: Measures;
  /** From before base64 decoding to the end of inference, milliseconds. */
  readonly inferenceTimeMs: number;
  /** Boxes of a detector above its threshold that were left out because there were too many; absent: none. */
  readonly candidatesCut?: number;
  /** Milliseconds by stage; a stage that did not run is absent. */
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
  readonly results: readonly RuleResult[];
  /** When the picture was taken, from source.timestampField; milliseconds since the epoch. */
  readonly takenAtMs?: number;
  /** Of a job with a dryRun. */
  readonly dryRun?: DryRunResult;
  /** The memory of the payloads is used again from now on; call it at most once, when nobody reads them any more. */
  readonly release?: () => void;
}

/** A picture that somebody tries: judged by every rule and by a predicate of their own, and never published. */
export interface DryRun {
  /** CEL source, held to the limits of a configured one. */
  readonly where?: string;
  readonly render: RenderKind;
}

/** What a predicate says; `error` is why it failed on this picture. */
export interface RuleVerdict {
  readonly matches: boolean;
  readonly error?: string;
}

export interface DryRunResult {
  readonly rules: readonly (RuleVerdict & { readonly rule: string })[];
  readonly where?: RuleVerdict & { readonly source: string };
  /** Absent with `render: none`. */
  readonly picture?: { readonly bytes: Uint8Array; readonly type: PictureType };
}
