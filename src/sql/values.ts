/**
 * Values as eKuiper's SQL knows them. A number of a message is a float of 64 bits; whole numbers of a statement, and what
 * functions count, are integers of 64 bits: a bigint here. A missing field is null.
 */
import { EvaluationError } from './sql-error.js';

/** A text that is made only when somebody looks at it: most are as large as a picture, and only handed on. */
export class LazyText<Source = unknown> {
  /** Whatever its owner can make the text of. */
  readonly source: Source;
  readonly #read: () => string;
  #text: string | undefined;

  constructor(source: Source, read: (source: Source) => string) {
    this.source = source;
    this.#read = () => read(source);
  }

  toString(): string {
    this.#text ??= this.#read();
    return this.#text;
  }
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | LazyText
  | readonly Value[]
  | { readonly [name: string]: Value };
export type ValueMap = { readonly [name: string]: Value };

/** eKuiper reads no deeper message. */
const DEEPEST = 300;

export function isMap(value: Value): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LazyText);
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Null when there is none: a map of a message may have a prototype. */
export function fieldOf(map: ValueMap, name: string): Value {
  return Object.hasOwn(map, name) ? (map[name] ?? null) : null;
}

/** Go's name of the type, as its errors have it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int64';
    case 'string':
      return 'string';
    default:
      if (value === null) return '<nil>';
      if (value instanceof LazyText) return 'string';
      return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
  }
}

/** As Go prints a value by `%v`. @throws {EvaluationError} for one that is nested deeper than a message can be */
export function printed(value: Value, depth = 0): string {
  if (depth > DEEPEST) throw tooDeep();
  if (value === null) return '<nil>';
  if (typeof value === 'number') return printedFloat(value);
  if (isList(value)) return `[${value.map((item) => printed(item, depth + 1)).join(' ')}]`;
  if (!isMap(value)) return String(value);
  const entries = Object.keys(value)
    .sort(compareTexts)
    .map((key) => `${key}:${printed(fieldOf(value, key), depth + 1)}`);
  return `map[${entries.join(' ')}]`;
}

/** `float64(5)`, as Go prints it by `%[1]T(%[1]v)`. */
export function printedWithType(value: Value): string {
  const text = printed(value);
  return `${typeName(value)}(${text.length > LONGEST_PRINTED ? `${text.slice(0, LONGEST_PRINTED)}…` : text})`;
}

/** eKuiper prints a whole picture into its errors. */
const LONGEST_PRINTED = 200;

/** Go's shortest form: an exponent below 1e-4 and from 1e21 on, of two digits at least. */
function printedFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return String(value);
}

/** Of two texts, which comes first byte by byte in UTF-8: Go's order. */
export function compareTexts(left: string, right: string): number {
  if (SURROGATE.test(left) || SURROGATE.test(right)) return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

const SURROGATE = /[\ud800-\udfff]/;

/** JSON as Go writes it: keys in order, `<`, `>` and `&` escaped. What a lazy text becomes is its owner's to write. */
export function writeJson(value: Value, write: (part: string | LazyText) => void, depth = 0): void {
  if (depth > DEEPEST) throw tooDeep();
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') write(String(value));
  else if (typeof value === 'number') write(jsonNumber(value));
  else if (typeof value === 'string') write(jsonText(value));
  else if (value instanceof LazyText) write(value);
  else if (isList(value)) {
    write('[');
    for (const [index, item] of value.entries()) {
      if (index > 0) write(',');
      writeJson(item, write, depth + 1);
    }
    write(']');
  } else {
    let separator = '{';
    for (const key of Object.keys(value).sort(compareTexts)) {
      write(`${separator}${jsonText(key)}:`);
      writeJson(fieldOf(value as ValueMap, key), write, depth + 1);
      separator = ',';
    }
    write(separator === '{' ? '{}' : '}');
  }
}

function jsonText(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new EvaluationError(`json: unsupported value: ${printedFloat(value)}`);
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}

function tooDeep(): EvaluationError {
  return new EvaluationError(`too big depth for the nested JSON; it exceeds ${DEEPEST}`);
}
