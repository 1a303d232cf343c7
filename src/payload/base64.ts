import { ServiceError } from '../std/errors.js';
import { PYTHON_BYTES } from './describe-payload.js';

/** RFC 2397: any media type, as the bytes say what they are, any parameters, and `base64` as the last of them. */
const DATA_URI = /^data:[^,]*?;\s*base64\s*,/i;
/** The same of characters that stand for themselves in a JSON string. */
const PLAIN_DATA_URI = /^data:[\w.+/;=-]*;base64,/i;
const LONGEST_PREFIX_CHARACTERS = 256;
const WHITE_SPACE = /[ \t\r\n\v\f]+/g;

/**
 * Standard base64 (RFC 4648 §4) with padding; the prefix of a data URI (`data:…;base64,`), its percent-encoding, and
 * white space anywhere are allowed. The bytes may be a view into Node's buffer pool: copy them before a transfer.
 * @throws {ServiceError} ERR_PAYLOAD_BASE64 for anything else, the empty string included
 */
export function decodeBase64(text: string): Uint8Array {
  const body = withoutPrefix(text.trimStart(), DATA_URI);
  const encoded = percentDecoded(body).replace(WHITE_SPACE, '');
  if (encoded.length === 0) throw fault('it must hold a picture: it is empty');
  const bytes = decodeStrictly(encoded);
  if (bytes === undefined) throw fault(describe(text, encoded));
  return bytes;
}

/**
 * The same for text that has no white space, in one native pass; undefined for everything else, the empty string
 * included. What it decodes is made of the 64 characters, = and the prefix alone.
 */
export function decodePlainBase64(text: string): Uint8Array | undefined {
  const encoded = withoutPrefix(text, PLAIN_DATA_URI);
  return encoded.length === 0 ? undefined : decodeStrictly(encoded);
}

/** True for text that says of itself that it is a data URI. */
export function isDataUri(text: string): boolean {
  return /^\s*data:/i.test(text.slice(0, 64));
}

function withoutPrefix(text: string, pattern: RegExp): string {
  if (!/^data:/i.test(text.slice(0, 5))) return text;
  const prefix = pattern.exec(text.slice(0, LONGEST_PREFIX_CHARACTERS))?.[0] ?? '';
  return text.slice(prefix.length);
}

function percentDecoded(text: string): string {
  return text.includes('%')
    ? text.replace(/%(2[BbFf]|3[Dd]|20|0[AaDd])/g, (encoded) => decodeURIComponent(encoded))
    : text;
}

/**
 * Node skips what is no base64, so the length tells whether there was any: each character that was skipped leaves fewer
 * bytes than the text's length promises. Only the URL alphabet is decoded in silence.
 */
function decodeStrictly(encoded: string): Buffer | undefined {
  if (encoded.length % 4 !== 0 || encoded.includes('-') || encoded.includes('_')) return undefined;
  const padding = encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length === (encoded.length / 4) * 3 - padding ? bytes : undefined;
}

function describe(text: string, encoded: string): string {
  if (/^\s*b['"]/.test(text.slice(0, 16))) return `it must be base64: it is ${PYTHON_BYTES}`;
  if (isDataUri(text) && /^data:/i.test(encoded)) {
    return 'it must be base64: it is a data URI that does not say ";base64," before its data';
  }
  const wrong = encoded.search(/[^A-Za-z0-9+/=]/);
  if (wrong >= 0) {
    const character = String.fromCodePoint(encoded.codePointAt(wrong) ?? 0);
    const hint = character === '-' || character === '_' ? ' (that of base64url: replace - by + and _ by /)' : '';
    return `it must be of the standard alphabet: character ${wrong} is ${JSON.stringify(character)}${hint}`;
  }
  return `it must be padded to a multiple of 4, with = only at the end: it has ${encoded.length} characters`;
}

function fault(text: string): ServiceError {
  return new ServiceError('ERR_PAYLOAD_BASE64', `Cannot decode the base64 of the picture as ${text}`);
}
