/** A rule: a predicate, and what is published where when it holds. */
import type { ResultFieldName } from './measures.js';

export type RenderKind = 'pair' | 'overlay' | 'mask' | 'none';
export type PictureType = 'image/jpeg' | 'image/png';
export type ResultEncoding = 'base64' | 'binary';

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
