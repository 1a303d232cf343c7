/** Where a top-level field's value lies in the bytes of a JSON object: [start, end), quotes and brackets included. */
export interface ValueSpan {
  readonly start: number;
  readonly end: number;
}

/** Deeper nesting than any message has; the rest is refused before a parser walks it. */
export const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Finds the values of one top-level key without parsing them. The bytes need not be valid JSON: the scanner follows the
 * grammar only as far as it has to, so the caller must parse what is left. Of a valid document the spans are exact.
 * @returns every occurrence, in order
 * @throws {SyntaxError} when it is no object or nests deeper than MAX_DEPTH, with the offset
 */
export function findField(json: Buffer, key: string, from = 0): readonly ValueSpan[] {
  const plainKey = Buffer.from(JSON.stringify(key));
  const spans: ValueSpan[] = [];
  let i = skipSpace(json, from);
  if (json[i] !== OPEN_BRACE) throw new SyntaxError('it is not a JSON object');
  i = skipSpace(json, i + 1);
  if (json[i] === CLOSE_BRACE) return spans;
  for (;;) {
    if (json[i] !== QUOTE) throw unexpected(json, i);
    const keyEnd = skipString(json, i);
    const isWanted = keyEquals(json, i, keyEnd, key, plainKey);
    i = skipSpace(json, keyEnd);
    if (json[i] !== COLON) throw unexpected(json, i);
    const start = skipSpace(json, i + 1);
    const end = skipValue(json, start);
    if (isWanted) spans.push({ start, end });
    i = skipSpace(json, end);
    if (json[i] === CLOSE_BRACE) return spans;
    if (json[i] !== COMMA) throw unexpected(json, i);
    i = skipSpace(json, i + 1);
  }
}

/** Offset of the first character behind white space and a byte order mark. */
export function startOfJson(json: Buffer): number {
  const hasMark = json[0] === 0xef && json[1] === 0xbb && json[2] === 0xbf;
  return skipSpace(json, hasMark ? 3 : 0);
}

/** True when the bytes begin as a JSON array. */
export function isArray(json: Buffer): boolean {
  return json[startOfJson(json)] === OPEN_BRACKET;
}

/** Most objects that one array may hold. */
const MAX_ELEMENTS = 1_000;

/**
 * The objects of an array, unparsed: what is in them is for a parser to see.
 * @throws {SyntaxError} when it is no array, holds something else than objects, or more than MAX_ELEMENTS
 */
export function findElements(json: Buffer): readonly ValueSpan[] {
  const spans: ValueSpan[] = [];
  let i = startOfJson(json);
  if (json[i] !== OPEN_BRACKET) throw new SyntaxError('it is not a JSON array');
  i = skipSpace(json, i + 1);
  if (json[i] === CLOSE_BRACKET) return onlySpaceFrom(json, i + 1, spans);
  for (;;) {
    if (json[i] !== OPEN_BRACE) {
      const found = i < json.length ? describeValue(json.subarray(i)) : 'the end';
      throw new SyntaxError(`an array must hold objects alone: element ${spans.length} is ${found}`);
    }
    const end = skipValue(json, i);
    if (spans.length === MAX_ELEMENTS) {
      throw new SyntaxError(`an array must hold at most ${MAX_ELEMENTS} objects: it holds more`);
    }
    spans.push({ start: i, end });
    i = skipSpace(json, end);
    if (json[i] === CLOSE_BRACKET) return onlySpaceFrom(json, i + 1, spans);
    if (json[i] !== COMMA) throw unexpected(json, i);
    i = skipSpace(json, i + 1);
  }
}

function onlySpaceFrom(json: Buffer, from: number, spans: readonly ValueSpan[]): readonly ValueSpan[] {
  const i = skipSpace(json, from);
  if (i < json.length) throw unexpected(json, i);
  return spans;
}

/** What a value is, by its beginning, and what its publisher may have meant. */
export function describeValue(value: Buffer): string {
  const start = value.toString('utf8', 0, 64);
  if (/^\{\s*"type"\s*:\s*"Buffer"/.test(start)) {
    return "an object (a Buffer of Node as JSON): publish buffer.toString('base64')";
  }
  if (start.startsWith('{')) return 'an object';
  if (/^\[\s*\d/.test(start)) return 'an array of numbers: publish the base64 of these bytes';
  if (start.startsWith('[')) return 'an array';
  if (start.startsWith('"')) return 'a string';
  if (start.startsWith('null')) return 'null';
  if (/^(true|false)/.test(start)) return 'a boolean';
  return /^-?\d/.test(start) ? 'a number' : 'no JSON value';
}

/** A key may be written with escapes: "\u0069mage". */
function keyEquals(json: Buffer, start: number, end: number, key: string, plainKey: Buffer): boolean {
  if (json.compare(plainKey, 0, plainKey.length, start, end) === 0) return true;
  if (!json.subarray(start, end).includes(BACKSLASH)) return false;
  return JSON.parse(json.toString('utf8', start, end)) === key;
}

function skipSpace(json: Buffer, from: number): number {
  let i = from;
  for (;;) {
    const byte = json[i];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return i;
    i++;
  }
}

/**
 * From an opening quote to behind the closing one. A quote is closing when an even number of backslashes is before it.
 */
function skipString(json: Buffer, from: number): number {
  for (let at = from + 1; ; ) {
    const quote = json.indexOf(QUOTE, at);
    if (quote < 0) throw new SyntaxError(`a string that begins at byte ${from} does not end`);
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function skipValue(json: Buffer, from: number): number {
  const first = json[from];
  if (first === QUOTE) return skipString(json, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(json, from);
  let i = from;
  while (i < json.length && !isDelimiter(json[i] as number)) i++;
  if (i === from) throw unexpected(json, i);
  return i;
}

/** Brackets are only counted; that they match is for the parser to see. */
function skipNested(json: Buffer, from: number): number {
  // The object around it is the first level.
  let depth = 1;
  for (let i = from; i < json.length; ) {
    const byte = json[i];
    if (byte === QUOTE) {
      i = skipString(json, i);
      continue;
    }
    i++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) throw new SyntaxError(`it nests deeper than ${MAX_DEPTH} levels at byte ${i - 1}`);
    } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 1) {
      return i;
    }
  }
  throw new SyntaxError(`a value that begins at byte ${from} does not end`);
}

function isDelimiter(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === QUOTE || byte <= 0x20;
}

function unexpected(json: Buffer, at: number): SyntaxError {
  return new SyntaxError(at < json.length ? `byte ${at} is unexpected` : `it ends at byte ${at}`);
}
