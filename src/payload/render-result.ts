import { isMeasureName, type Measures, type ResultFieldName } from '../domain/measures.js';
import type { ResultEncoding, ResultField } from '../domain/rule.js';
import { assertNever } from '../std/errors.js';
import { join, ownMemory, type Part, type PayloadMemory } from './join-parts.js';
import type { Frame } from './parse.js';

/** Everything a result may tell of one inspection and the rule that matched. */
export interface ResultValues {
  readonly frame: Frame;
  readonly measures: Measures;
  /** Milliseconds. */
  readonly inferenceTimeMs: number;
  readonly id: string;
  readonly topic: string;
  readonly rule: string;
  readonly ok: boolean;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** name@version. */
  readonly model: string;
  /** The result picture, encoded; undefined when none is drawn: `afterProcess` is then null. */
  readonly jpeg: Uint8Array | undefined;
}

export interface ResultOptions {
  readonly fields: readonly ResultField[];
  /**
   * Top-level JSON fields of the message that are copied, as far as a message has them. None may be an alias of
   * `fields`.
   */
  readonly copyFields: readonly string[];
  readonly encoding: ResultEncoding;
}

/** One inspection → the payload to publish, in memory of its own. */
export type EncodeResult = (values: ResultValues) => Uint8Array;

/** A key of the result: where its value comes from. */
type Source = { readonly field: ResultFieldName } | { readonly copy: string };
/**
 * Prepares the results of one rule. JSON has its keys in byte order, as eKuiper writes them; `binary` is the picture
 * alone. The two large strings are never built: `origin` is copied from the message's bytes, both are written in place.
 * @param memory for payloads; by default each has a buffer of its own, which can be transferred
 */
export function createResultEncoder(options: ResultOptions, memory: PayloadMemory = ownMemory): EncodeResult {
  if (options.encoding === 'binary') return ({ jpeg }) => join(jpeg === undefined ? [] : [jpeg], memory);
  const sources = new Map<string, Source>();
  for (const name of options.copyFields) sources.set(name, { copy: name });
  for (const { name, alias } of options.fields) sources.set(alias, { field: name });
  const keys = [...sources].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return (values) => {
    const parts: Part[] = [];
    for (const [key, source] of keys) {
      const value = 'copy' in source ? copiedValue(source.copy, values) : fieldValue(source.field, values);
      if (value === undefined) continue;
      parts.push(Buffer.from(`${parts.length === 0 ? '{' : ','}${JSON.stringify(key)}:`), ...value);
    }
    return join(parts.length === 0 ? ['{}'] : [...parts, '}'], memory);
  };
}

/** Undefined: the message has no such field. */
function copiedValue(name: string, { frame }: ResultValues): Part[] | undefined {
  return Object.hasOwn(frame.msg, name) ? [Buffer.from(JSON.stringify(frame.msg[name]))] : undefined;
}

/** Undefined when the picture has no such value, as `defects` of a model without classes. */
function fieldValue(name: ResultFieldName, values: ResultValues): Part[] | undefined {
  const { frame, measures, jpeg } = values;
  if (isMeasureName(name)) {
    const value = measures[name];
    return value === undefined ? undefined : [Buffer.from(JSON.stringify(value))];
  }
  switch (name) {
    case 'origin':
      return frame.originJson === undefined ? ['"', { base64: frame.bytes }, '"'] : [frame.originJson];
    case 'afterProcess':
      return jpeg === undefined ? ['null'] : ['"', { base64: jpeg }, '"'];
    case 'inference time':
      return [JSON.stringify(values.inferenceTimeMs)];
    case 'ok':
      return [JSON.stringify(values.ok)];
    case 'receivedAt':
      return [JSON.stringify(new Date(values.receivedAtMs))];
    case 'id':
    case 'topic':
    case 'rule':
    case 'model':
      return [Buffer.from(JSON.stringify(values[name]))];
    default:
      return assertNever(name);
  }
}
