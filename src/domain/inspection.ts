/** One picture to inspect, and what came of it. */

import type { WireError } from '../std/errors.js';
import type { MessageProperties } from './delivery.js';
import type { Measures } from './measures.js';
import type { PictureType, RenderKind } from './rule.js';
import type { Rectangle, Size } from './size.js';

/** One picture to inspect. */
export interface Job {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly properties: MessageProperties;
  readonly receivedAtMs: number;
  /** The digest of topic and payload, where somebody has it already (messageDigest). */
  readonly digest?: string;
  /** Present: nothing is to be published, the answer is for one person. */
  readonly dryRun?: DryRun;
  /**
   * What is to be done with the picture: one assignment for a worker, all of them for an isolated retry. Absent: the
   * only model that there is, and all of its rules.
   */
  readonly assignments?: readonly Assignment[];
  /** Somebody wants to compare: the inspection is to have the mask. */
  readonly wantsMask?: boolean;
  /** The mask that another model gave of the same picture: the inspection is to have the overlap. */
  readonly compareWith?: PlacedMask;
}

/** A mask, and which part of the picture it shows. */
export interface PlacedMask extends Size {
  /** 0 or 255, row by row. */
  readonly mask: Uint8Array;
  /** The part of the picture that the model saw, in the picture's pixels, and where that lies in the mask. */
  readonly seen: Rectangle;
  readonly content: Rectangle;
}

/** White pixels of two masks: in both, and in at least one of them. Both 0: neither has any. */
export interface Overlap {
  readonly both: number;
  readonly either: number;
}

/** By which model a picture is inspected, and by which of its rules it is judged. */
export interface Assignment {
  /** Names the model among all that a worker holds. */
  readonly model: string;
  /** Keys of rules of that model. */
  readonly rules: readonly string[];
}

export const STAGES = ['queue', 'parse', 'decode', 'resize', 'infer', 'segment', 'render', 'publish'] as const;
export type Stage = (typeof STAGES)[number];

/** The result of one rule that matched, ready to publish. */
export interface RuleResult {
  readonly rule: string;
  /** Of a rule in SQL: the index of the action that it is for. */
  readonly action?: number;
  /** Where it is published, if the rule's own template does not say. */
  readonly topic?: string;
  /** Whether the picture passes by this rule; see RuleSpec.ok. */
  readonly ok: boolean;
  readonly payload: Uint8Array;
  /** The type of the picture in it; absent when none is drawn. */
  readonly pictureType?: PictureType;
}

/** Why a rule could neither filter a picture nor make a result of it. */
export interface RuleFailure {
  readonly rule: string;
  /** With the ids of message and rule in its details. */
  readonly error: WireError;
}

/** Why a picture is kept: its score is near the threshold, the rule's own predicate holds, or it was drawn by lot. */
export interface KeepReason {
  readonly rule: string;
  readonly why: 'threshold' | 'where' | 'share';
}

/** A picture to be kept for a second look, in memory of its own. */
export interface KeptPicture {
  /** Id of the model in the configuration. */
  readonly model: string;
  /** At least one. */
  readonly reasons: readonly KeepReason[];
  /** As it came in: the bytes of its file. */
  readonly picture: Uint8Array<ArrayBuffer>;
  /** Where the model found defects: 0 or 255, row by row. */
  readonly mask: Uint8Array<ArrayBuffer>;
  readonly maskSize: Size;
  /** The part of the picture that the mask is of, in the picture's pixels. */
  readonly seen: Rectangle;
}

/** A finished inspection; `results` is empty when every rule filtered the picture. */
export interface Inspection {
  readonly id: string;
  /** `name@version` of the model that gave the measures; empty when none did. */
  readonly model: string;
  /** The digest of topic and payload, where somebody had to make it (messageDigest). */
  readonly digest?: string;
  /** Absent: no picture was inspected, as the rules need none or the picture is a fault. */
  readonly measures?: Measures;
  /** Milliseconds from before base64 decoding to the end of inference. */
  readonly inferenceTimeMs: number;
  /** Boxes of a detector above its threshold that were left out because there were too many; absent: none. */
  readonly candidatesCut?: number;
  /** Milliseconds by stage; a stage that did not run is absent. */
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
  readonly results: readonly RuleResult[];
  /** Rules that failed on this picture, by an error of their own; absent: none. The other rules are not affected. */
  readonly failures?: readonly RuleFailure[];
  /** The camera that the message names, where cameras.by names a field of it. */
  readonly camera?: string;
  /** When the picture was taken, from source.timestampField; milliseconds since the epoch. */
  readonly takenAtMs?: number;
  /** Absent when no rule has the picture kept. */
  readonly kept?: KeptPicture;
  /** Why a predicate that says what is kept failed on this picture. */
  readonly keepFault?: string;
  /** Present when the job had `wantsMask`. */
  readonly mask?: PlacedMask;
  /** Present when the job had `compareWith`. */
  readonly overlap?: Overlap;
  /** Present when the job had a dryRun. */
  readonly dryRun?: DryRunResult;
  /** The memory of the payloads is used again from now on; call it at most once, when nobody reads them any more. */
  readonly release?: () => void;
}

/** A picture that somebody tries: judged by every rule and by a predicate of their own, and never published. */
export interface DryRun {
  /** Id of the model; absent: the first one of the catalogue. */
  readonly model?: string;
  /** CEL source, held to the limits of a configured one. */
  readonly where?: string;
  readonly render: RenderKind;
}

/** What a predicate says; `error` is why it failed on this picture, `note` why it holds for none. */
export interface RuleVerdict {
  readonly matches: boolean;
  /** Whether the picture passes; of a rule that did not fail. */
  readonly ok?: boolean;
  readonly note?: string;
  readonly error?: string;
}

export interface DryRunResult {
  readonly rules: readonly (RuleVerdict & { readonly rule: string })[];
  readonly where?: RuleVerdict & { readonly source: string };
  /** Absent with `render: none`. */
  readonly picture?: { readonly bytes: Uint8Array; readonly type: PictureType };
}
