import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../std/errors.js';
import { type DecodePlain, decodeBase64, decodePlain, isDataUri } from './base64.js';
import { describeBinary, describeText } from './describe-payload.js';
import { describeValue, findElements, findField, startOfJson, type ValueSpan } from './scan-object.js';

/** What a parser finds in a message: the picture's bytes and everything the rules and the result need beside them. */
export interface Frame {
  /** The encoded picture (JPEG, PNG, …). */
  readonly bytes: Uint8Array;
  /** The JSON object without the picture field, {} without one. Null prototype: `__proto__` is a key like any other. */
  readonly msg: Readonly<Record<string, unknown>>;
  /**
   * `origin` as UTF-8 JSON string bytes, quotes included: copied into the result unparsed; may be a view into the
   * payload. Undefined when the payload was the picture itself or its base64: `origin` is then the base64 of `bytes`.
   */
  readonly originJson: Uint8Array | undefined;
}

export interface ParseOptions {
  /** Name of the top-level JSON field with the base64 of the picture. */
  readonly imageField: string;
  /** Tells pictures, also of refused formats, from everything else by their first bytes. */
  readonly isPicture: (bytes: Uint8Array) => boolean;
  /** The plain decoder is the default. */
  readonly decodePlain?: DecodePlain;
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/**
 * A message's payload → its picture. A JSON object (RFC 8259; a byte order mark before it is ignored) with the picture
 * as base64, an array of one such object, the picture's own bytes, or nothing but their base64 or a data URI. The
 * picture's string is cut out of the bytes; only the rest is parsed as JSON. The frame may point into `payload`, and
 * into the decoder's memory until the next call.
 * @throws {ServiceError} ERR_PAYLOAD_EMPTY, ERR_PAYLOAD_JSON when it is none of them, ERR_PAYLOAD_FIELD when the field
 * is missing, given twice or no string, ERR_PAYLOAD_BASE64
 */
export function parse(payload: Uint8Array, options: ParseOptions): Frame {
  if (payload.length === 0) {
    throw new ServiceError('ERR_PAYLOAD_EMPTY', 'Cannot read the message as it must have bytes: it has none');
  }
  if (options.isPicture(payload)) return { bytes: payload, msg: createMap(), originJson: undefined };
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const start = startOfJson(bytes);
  const first = bytes[start];
  if (first === OPEN_BRACE) return parseObject(bytes, start, options);
  if (first === OPEN_BRACKET) return parseObject(onlyElement(bytes), 0, options);
  return parseBase64(bytes, options);
}

/** @param at offset of the object, behind a byte order mark */
function parseObject(bytes: Buffer, at: number, options: ParseOptions): Frame {
  const { imageField, decodePlain: decode = decodePlain } = options;
  const { spans, rest } = readObject(bytes, at, imageField);
  const literal = onlyString(spans, bytes, imageField);
  const msg = Object.assign(createMap(), rest);
  delete msg[imageField];
  return { ...readPicture(literal, decode), msg };
}

/** Arrays of several objects are split before they come here; a request or a file has one. */
function onlyElement(bytes: Buffer): Buffer {
  const spans = orNotJson(bytes, () => findElements(bytes));
  const [span] = spans;
  if (span === undefined || spans.length > 1) {
    throw notJson(`it is an array of ${spans.length} objects, where one picture is wanted`);
  }
  return bytes.subarray(span.start, span.end);
}

/** Parses all but the picture: in its place stands an empty string. */
function readObject(bytes: Buffer, at: number, field: string): { spans: readonly ValueSpan[]; rest: object } {
  let cut: ValueSpan | undefined;
  let text = '';
  return orNotJson(
    bytes,
    () => {
      if (!isUtf8(bytes)) throw new SyntaxError('it is not UTF-8, which JSON must be');
      const spans = findField(bytes, field, at);
      const [span] = spans;
      cut = span !== undefined && bytes[span.start] === QUOTE ? span : undefined;
      text = cut
        ? `${bytes.toString('utf8', at, cut.start)}""${bytes.toString('utf8', cut.end)}`
        : bytes.toString('utf8', at);
      return { spans, rest: JSON.parse(text) as object };
    },
    (position) => {
      const offset = at + Buffer.byteLength(text.slice(0, position));
      return cut !== undefined && offset > cut.start ? offset + (cut.end - cut.start) - 2 : offset;
    },
  );
}

function onlyString(spans: readonly ValueSpan[], bytes: Buffer, field: string): Buffer {
  const [span] = spans;
  if (span === undefined || spans.length > 1) {
    throw new ServiceError(
      'ERR_PAYLOAD_FIELD',
      `Cannot read the message as its field "${field}" must be there once: it is there ${spans.length} times`,
    );
  }
  if (bytes[span.start] !== QUOTE) {
    const found = describeValue(bytes.subarray(span.start, span.end));
    throw new ServiceError(
      'ERR_PAYLOAD_FIELD',
      `Cannot read the message as its field "${field}" must be a string of base64: it is ${found}`,
    );
  }
  return bytes.subarray(span.start, span.end);
}

/**
 * What decodes at once has no escapes, so its bytes are its JSON form. Everything else goes through the JSON parser.
 */
function readPicture(literal: Buffer, decode: DecodePlain): { bytes: Uint8Array; originJson: Uint8Array } {
  const plain = decode(literal.subarray(1, -1));
  if (plain !== undefined) return { bytes: plain, originJson: literal };
  const text = orNotJson(literal, () => JSON.parse(literal.toString('utf8')) as string);
  return { bytes: decodeBase64(text), originJson: Buffer.from(JSON.stringify(text)) };
}

/** Text that is a data URI, or base64 of a picture; the text may be a JSON string. */
function parseBase64(bytes: Buffer, { isPicture, decodePlain: decode = decodePlain }: ParseOptions): Frame {
  const frame = (picture: Uint8Array): Frame => ({ bytes: picture, msg: createMap(), originJson: undefined });
  const plain = decode(withoutEndOfLine(bytes));
  if (plain !== undefined && isPicture(plain)) return frame(plain);
  if (!isUtf8(bytes)) throw notJson(describeBinary(bytes));
  const text = unquoted(bytes.toString('utf8').replace(/^\ufeff/, ''));
  if (isDataUri(text)) return frame(decodeBase64(text));
  if (/^[A-Za-z0-9+/=\s%]+$/.test(text.slice(0, 1024))) {
    const picture = attempt(() => decodeBase64(text));
    if (picture !== undefined && isPicture(picture)) return frame(picture);
  }
  throw notJson(describeText(text) ?? describeStart(text));
}

function describeStart(text: string): string {
  const start = text.trimStart().slice(0, 20);
  return start === '' ? 'it is white space alone' : `it is text that begins with ${JSON.stringify(start)}`;
}

function withoutEndOfLine(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d) end--;
  return bytes.subarray(0, end);
}

function unquoted(text: string): string {
  if (!text.trimStart().startsWith('"')) return text;
  const value = attempt(() => JSON.parse(text) as unknown);
  return typeof value === 'string' ? value : text;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Without a prototype, so that a key `__proto__` is a key and `toString` is missing. */
function createMap(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** @param positionOf where in the message a position of the parsed text is */
function orNotJson<T>(bytes: Buffer, read: () => T, positionOf = (position: number): number => position): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const described = describeText(bytes.toString('latin1', 0, 1024));
    throw notJson(described ?? inMessage(error.message, positionOf), error);
  }
}

/** The parser's word with the position in the message, not in the text that the picture was cut out of. */
function inMessage(text: string, positionOf: (position: number) => number): string {
  return text
    .replace(/ \(line \d+ column \d+\)$/, '')
    .replace(/\bat position (\d+)$/, (_, position: string) => `at byte ${positionOf(Number(position))}`);
}

function notJson(reason: string, cause?: unknown): ServiceError {
  const text = `Cannot read the message as it must be a JSON object, a picture or the base64 of one: ${reason}`;
  return new ServiceError('ERR_PAYLOAD_JSON', text, { cause });
}
