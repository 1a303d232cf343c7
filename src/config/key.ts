/** One key of the configuration, and what a tree of keys yields. */
import type { RenderKind } from '../domain/rule.js';

/** A rule as it stands in a file: what is not given has the default of its neighbour key. */
export interface RuleEntry {
  readonly id: string;
  readonly stream?: string;
  readonly model?: string;
  readonly where: string;
  readonly ok?: string;
  readonly topic?: string;
  readonly fields?: string | readonly string[];
  readonly render?: RenderKind;
  /** Keys of the section `sink`, as they stand in the file. */
  readonly sink?: Readonly<Record<string, unknown>>;
  /** In place of keep.where and keep.share. */
  readonly keep?: { readonly where?: string; readonly share?: number };
}

/** A stream as it stands in a file. */
export interface StreamEntry {
  readonly id: string;
  readonly topics: string | readonly string[];
}

/** A model as it stands in a file: its id, and keys of the section `model`. */
export interface ModelListEntry {
  readonly id: string;
  readonly [name: string]: unknown;
}

/** JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Formats by name, with the type of a valid value; value-kinds.ts says what is valid. */
export interface FormatTypes {
  text: string;
  flag: boolean;
  count: number;
  fraction: number;
  list: readonly string[];
  numbers: readonly number[];
  classes: readonly string[];
  brokerUrls: readonly string[];
  clientId: string;
  cameraBy: string;
  token: string;
  predicate: string;
  fields: readonly string[];
  copyFields: readonly string[];
  topicFilters: readonly string[];
  topicTemplate: string;
  streams: readonly StreamEntry[];
  models: readonly ModelListEntry[];
  rules: readonly RuleEntry[];
}
export type FormatName = keyof FormatTypes | 'choice';

export type Choice = string | number;

export interface KeyOptions<D> {
  /** What it means, one or two sentences; docs, schema and example file show it. */
  readonly doc: string;
  /** Null: no value, or one that is derived from others (`defaultText` then says how). */
  readonly default: D;
  readonly defaultText?: string;
  /** Inclusive bounds of a number. */
  readonly min?: number;
  readonly max?: number;
  /** A secret: its value is never printed. */
  readonly sensitive?: true;
  /** Values that people will try, and why they are refused. */
  readonly refusals?: Readonly<Record<string, string>>;
  /** Can be given in a file only. */
  readonly fileOnly?: true;
}

/** A leaf of the schema, in convict's words; `T` is the type of its valid values. */
export interface KeySpec<T = unknown> extends KeyOptions<T> {
  readonly format: FormatName;
  readonly nullable: boolean;
  readonly choices?: readonly Choice[];
}

/** A value of type `F`, or null where that is the default. */
type ValueOf<F, D> = D extends null ? F | null : F;

export function key<F extends keyof FormatTypes, D extends FormatTypes[F] | null>(
  format: F,
  options: KeyOptions<D>,
): KeySpec<ValueOf<FormatTypes[F], D>> {
  return { ...(options as KeyOptions<ValueOf<FormatTypes[F], D>>), format, nullable: options.default === null };
}

export function choice<const C extends Choice>(choices: readonly C[], options: KeyOptions<NoInfer<C>>): KeySpec<C> {
  return { ...options, format: 'choice', nullable: false, choices };
}

/** A choice that is left to others when it is not given. */
export function optionalChoice<const C extends Choice>(
  choices: readonly C[],
  options: KeyOptions<null>,
): KeySpec<C | null> {
  return { ...(options as KeyOptions<C | null>), format: 'choice', nullable: true, choices };
}

/** The values of a tree of keys. */
export type ValuesOf<S> = {
  -readonly [K in keyof S]: S[K] extends KeySpec<infer T> ? T : ValuesOf<S[K]>;
};
