import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../std/errors.js';
import { decodeBase64 } from './base64.js';
import { type DecodePlain, decodePlain } from './base64-decoder.js';
import { findField, type ValueSpan } from './scan-object.js';

/** What a parser finds in a message: the picture's bytes and everything the rules and the result need beside them. */
export interface Frame {
  /** The encoded picture (JPEG, PNG, …). */
  readonly bytes: Uint8Array;
  /** The JSON object without the picture field, {} for raw bytes. Null prototype: `__proto__` is a key like any other. */
  readonly msg: Readonly<Record<string, unknown>>;
  /**
   * `origin` as UTF-8 JSON string bytes, quotes included: copied into the result unparsed; may be a view into the payload.
   * Undefined when the payload was the picture's own bytes: `origin` is then the base64 of `bytes`.
   */
  readonly originJson: Uint8Array | undefined;
}

export interface ParseOptions {
  /** Name of the top-level JSON field with the base64 of the picture. */
  readonly imageField: string;
  /** Tells pictures, also of refused formats, from everything else by their first bytes. */
  readonly isPicture: (bytes: Uint8Array) => boolean;
  /** By default the plain one. */
  readonly decodePlain?: DecodePlain;
}

const QUOTE = 0x22;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * A message's payload → its picture. Either a JSON object (RFC 8259; a byte order mark before it is ignored) with the picture
 * as base64, or the picture's own bytes. The picture's string is cut out of the bytes; only the rest is parsed as JSON.
 * The frame may point into `payload`, and into the decoder's memory until the next call.
 * @throws {ServiceError} ERR_PAYLOAD_EMPTY, ERR_PAYLOAD_JSON when it is neither, ERR_PAYLOAD_FIELD when the field is missing,
 * given twice or no string, ERR_PAYLOAD_BASE64
 */
export function parse(payload: Uint8Array, options: ParseOptions): Frame {
  if (payload.length === 0) {
    throw new ServiceError('ERR_PAYLOAD_EMPTY', 'Cannot read the message as it must have bytes: it has none');
  }
  if (options.isPicture(payload)) return { bytes: payload, msg: createMap(), originJson: undefined };
  const json = withoutByteOrderMark(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
  const { spans, rest } = readObject(json, options.imageField);
  const literal = onlyString(spans, json, options.imageField);
  const msg = Object.assign(createMap(), rest);
  delete msg[options.imageField];
  return { ...readPicture(literal, options.decodePlain ?? decodePlain), msg };
}

/** Parses all but the picture: in its place stands an empty string. */
function readObject(json: Buffer, field: string): { spans: readonly ValueSpan[]; rest: object } {
  return orNotJson(() => {
    if (!isUtf8(json)) throw new SyntaxError('it is not UTF-8');
    const spans = findField(json, field);
    const [span] = spans;
    const isCut = span !== undefined && json[span.start] === QUOTE;
    const text = isCut
      ? `${json.toString('utf8', 0, span.start)}""${json.toString('utf8', span.end)}`
      : json.toString('utf8');
    return { spans, rest: JSON.parse(text) as object };
  });
}

function onlyString(spans: readonly ValueSpan[], json: Buffer, field: string): Buffer {
  const [span] = spans;
  if (span === undefined || spans.length > 1) {
    throw new ServiceError(
      'ERR_PAYLOAD_FIELD',
      `Cannot read the message as its field "${field}" must be there once: it is there ${spans.length} times`,
    );
  }
  if (json[span.start] !== QUOTE) {
    throw new ServiceError(
      'ERR_PAYLOAD_FIELD',
      `Cannot read the message as its field "${field}" must be a string: it is not`,
    );
  }
  return json.subarray(span.start, span.end);
}

/** What decodes at once has no escapes, so its bytes are its JSON form. Everything else goes through the JSON parser. */
function readPicture(literal: Buffer, decode: DecodePlain): { bytes: Uint8Array; originJson: Uint8Array } {
  const plain = decode(literal.subarray(1, -1));
  if (plain !== undefined) return { bytes: plain, originJson: literal };
  const text = orNotJson(() => JSON.parse(literal.toString('utf8')) as string);
  return { bytes: decodeBase64(text), originJson: Buffer.from(JSON.stringify(text)) };
}

/** Without a prototype, so that a key `__proto__` is a key and `toString` is missing. */
function createMap(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function withoutByteOrderMark(bytes: Buffer): Buffer {
  const { length } = BYTE_ORDER_MARK;
  return bytes.subarray(0, length).equals(BYTE_ORDER_MARK) ? bytes.subarray(length) : bytes;
}

function orNotJson<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const text = `Cannot read the message as it must be a JSON object or a picture: ${error.message}`;
    throw new ServiceError('ERR_PAYLOAD_JSON', text, { cause: error });
  }
}
