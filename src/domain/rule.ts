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
