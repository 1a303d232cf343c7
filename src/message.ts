/** The nouns of the journey, types only: what travels from the broker through a worker and back. */

/** A user property of MQTT 5; keys may repeat. */
export type UserProperty = readonly [key: string, value: string];

/** What the publisher said beside the payload (MQTT 5; all absent on 3.1.1). */
export interface MessageProperties {
  readonly user: readonly UserProperty[];
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  /** Seconds left as the broker gave them; 0 means expired on arrival. */
  readonly expirySeconds?: number;
}

/** One message from the broker, to be settled exactly once. */
export interface Delivery {
  readonly topic: string;
  /** The id of the topic filter that it came in by: its index in `source.topics`. A metric label, so never a topic. */
  readonly stream: string;
  /** Not to be read once it is settled: its memory is used again. */
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly properties: MessageProperties;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** `performance.now()` of the same moment, for durations. */
  readonly receivedAtMonotonicMs: number;
  /**
   * The message is dealt with (result or dead letter has its PUBACK, or nothing is to be published): acknowledge it when
   * its turn comes. Idempotent. Never called: the broker delivers it again.
   * @param digest of topic and payload, where somebody has it already (messageDigest)
   */
  settle(digest?: string): void;
}

/** A white region of the mask, 8-connected; x, y, width, height in mask pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** White pixels in it. */
  readonly pixels: number;
}

/** What the mask says about one picture; the predicate's numbers. */
export interface Measures {
  /** Contours of the mask, holes included, as OpenCV's findContours(RETR_TREE) counts them. */
  readonly defect: number;
  /** Contours of each class's own mask, by name; absent when the model has no classes. */
  readonly defects?: Readonly<Record<string, number>>;
  /** Fraction of white pixels, 0..1. */
  readonly area: number;
  /** Fraction of the largest region, 0..1. */
  readonly largest: number;
  /** Largest probability of the output. */
  readonly score: number;
  /** Largest first, at most 100. */
  readonly regions: readonly Region[];
  /** Size of the decoded picture in pixels, after EXIF orientation. */
  readonly width: number;
  readonly height: number;
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
  /** Of topic and payload, where somebody had to make it (messageDigest). */
  readonly digest?: string;
  readonly measures: Measures;
  /** From before base64 decoding to the end of inference, milliseconds. */
  readonly inferenceTimeMs: number;
  /** Milliseconds by stage; a stage that did not run is absent. */
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
  readonly results: readonly RuleResult[];
  /** When the picture was taken, from source.timestampField; milliseconds since the epoch. */
  readonly takenAtMs?: number;
  /** Of a job with a trial. */
  readonly trial?: TrialOutcome;
  /** The memory of the payloads is used again from now on; call it at most once, when nobody reads them any more. */
  readonly release?: () => void;
}

/** A picture that somebody tries: judged by every rule and by a predicate of their own, and never published. */
export interface Trial {
  /** CEL source, held to the limits of a configured one. */
  readonly where?: string;
  readonly render: RenderKind;
}

/** What a predicate says; `error` is why it failed on this picture. */
export interface RuleVerdict {
  readonly matches: boolean;
  readonly error?: string;
}

export interface TrialOutcome {
  readonly rules: readonly (RuleVerdict & { readonly rule: string })[];
  readonly where?: RuleVerdict & { readonly source: string };
  /** Absent with `render: none`. */
  readonly picture?: { readonly bytes: Uint8Array; readonly type: PictureType };
}

/** A message to publish; what MQTT 3.1.1 cannot carry is left out there. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly contentType: string;
  /** True when the payload is UTF-8 text. */
  readonly isText: boolean;
  readonly user: readonly UserProperty[];
  readonly expirySeconds?: number;
  readonly correlationData?: Uint8Array;
}

export type RenderKind = 'pair' | 'overlay' | 'mask' | 'none';
export type PictureType = 'image/jpeg' | 'image/png';
export type ResultEncoding = 'base64' | 'binary';

export const RESULT_FIELDS = [
  'origin',
  'afterProcess',
  'defect',
  'defects',
  'inference time',
  'id',
  'topic',
  'rule',
  'area',
  'largest',
  'score',
  'regions',
  'width',
  'height',
  'receivedAt',
  'model',
] as const;
export type ResultFieldName = (typeof RESULT_FIELDS)[number];

/** `NAME as ALIAS` of result.fields. */
export interface ResultField {
  readonly name: ResultFieldName;
  readonly alias: string;
}

/** One rule on every inspection: a predicate and what is published where when it holds. */
export interface RuleSpec {
  readonly id: string;
  /** CEL source. */
  readonly where: string;
  /** Topic template with {topic}, {topic[N]}, {rule}, {clientId}. */
  readonly topic: string;
  readonly fields: readonly ResultField[];
  readonly render: RenderKind;
}
