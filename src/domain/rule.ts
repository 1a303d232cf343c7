/** A rule: a predicate, and what is published where when it holds. */
import type { ResultFieldName } from './measures.js';

export const RENDER_KINDS = ['pair', 'overlay', 'mask', 'none'] as const;
export type RenderKind = (typeof RENDER_KINDS)[number];

export const RESULT_ENCODINGS = ['base64', 'binary'] as const;
export type ResultEncoding = (typeof RESULT_ENCODINGS)[number];

/** Media types of rendered pictures. */
export type PictureType = 'image/jpeg' | 'image/png';

/** `NAME as ALIAS` of result.fields. */
export interface ResultField {
  readonly name: ResultFieldName;
  readonly alias: string;
}

/** The id of the stream, the model and the rule that there are when the configuration names none. */
export const DEFAULT_ID = 'default';

/** In the place of a model's id: the rule calls no function of a model, and needs no picture. */
export const NO_MODEL = '';

/** What passes where the configuration does not say: a picture without defects. */
export const DEFAULT_OK = 'defect == 0';

/** One rule on every picture of a stream: a model, a predicate, and what is published where when it holds. */
export interface RuleSpec {
  readonly id: string;
  /** Counts the changes of a rule of this id since the service started; absent: none yet. */
  readonly version?: number;
  /** Id of the stream whose pictures it judges. */
  readonly stream: string;
  /** Id of the model that inspects them. */
  readonly model: string;
  /** CEL source. */
  readonly where: string;
  /** CEL source: whether a picture passes, for whoever drives a reject gate; absent: DEFAULT_OK. */
  readonly ok?: string;
  /** Topic template with {topic}, {topic[N]}, {rule}, {clientId}. */
  readonly topic: string;
  /** Key of the sink that its results go to; absent: that of the section `sink`. */
  readonly sink?: string;
  /** QoS of its results; absent: that of the section `sink`. So is the next. */
  readonly qos?: 0 | 1;
  readonly expirySeconds?: number;
  readonly fields: readonly ResultField[];
  readonly render: RenderKind;
  /** Which of the pictures that it judges are kept for a second look; absent: none. */
  readonly keep?: KeepSpec;
  /**
   * A rule in SQL: it takes the place of `where`, `topic`, `sink` and `qos`. `fields` and `render` say then what of its
   * rows are pictures.
   */
  readonly select?: SelectRule;
}

export interface SelectRule {
  /** SELECT … FROM … WHERE …, as it was given. */
  readonly sql: string;
  /** CREATE STREAM … of its stream: it may name the fields of messages. */
  readonly streamSql: string;
  /** Names of functions that stand for the rule's model, such as inference. */
  readonly functions: readonly string[];
  /** What is done with each row that it selects; at least one. */
  readonly actions: readonly RowAction[];
  /** Whether what fails goes to the topics of the actions as well, as text. */
  readonly sendError: boolean;
}

/** What is done with a row. */
export type RowAction = PublishRow | { readonly kind: 'log' | 'nop' };

export interface PublishRow extends RowShape {
  readonly kind: 'mqtt';
  /** Key of the sink that it goes to. */
  readonly sink: string;
  /** May hold {{.field}}, a field of the row. */
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** How a row becomes JSON; what is given first is done first. */
export interface RowShape {
  /** One object; false: an array of it. */
  readonly sendSingle: boolean;
  /** A row without a field is not published. */
  readonly omitIfEmpty: boolean;
  /** The value of this field in place of the row. */
  readonly dataField?: string;
  /** These fields alone; absent: all. */
  readonly fields?: readonly string[];
  readonly excludeFields?: readonly string[];
}

/** Pictures are kept for either reason. */
export interface KeepSpec {
  /** CEL source; absent: those whose score is near the model's threshold. */
  readonly where?: string;
  /** Fraction of all pictures, drawn by lot; 0..1. */
  readonly share: number;
}

/** Names a rule among all that a worker holds: a former version of it may still be judging a picture. */
export function ruleKey({ id, version }: Pick<RuleSpec, 'id' | 'version'>): string {
  return version === undefined ? id : `${id}@${version}`;
}
