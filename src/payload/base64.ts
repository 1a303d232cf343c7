import { ServiceError } from '../std/errors.js';

const DATA_URL_PREFIX = /^data:image\/[\w.+-]+(?:;[\w.+-]+=[\w.+-]+)*;base64,/i;
const LONGEST_PREFIX_CHARACTERS = 256;
const WHITE_SPACE = /[ \t\r\n\v\f]+/g;

/**
 * Standard base64 (RFC 4648 §4) with padding; a `data:image/…;base64,` prefix and white space anywhere are allowed.
 * The bytes may be a view into Node's buffer pool: copy them before a transfer.
 * @throws {ServiceError} ERR_PAYLOAD_BASE64 for anything else, the empty string included
 */
export function decodeBase64(text: string): Uint8Array {
  const encoded = withoutPrefix(text).replace(WHITE_SPACE, '');
  if (encoded.length === 0) throw fault('it must hold a picture: it is empty');
  const bytes = decodeStrictly(encoded);
  if (bytes === undefined) throw fault(describe(encoded));
  return bytes;
}

/**
 * The same for text that has no white space, in one native pass; undefined for everything else, the empty string included.
 * What it decodes is made of the 64 characters, = and the prefix alone.
 */
export function decodePlainBase64(text: string): Uint8Array | undefined {
  const encoded = withoutPrefix(text);
  return encoded.length === 0 ? undefined : decodeStrictly(encoded);
}

function withoutPrefix(text: string): string {
  if (!text.startsWith('data:')) return text;
  const prefix = DATA_URL_PREFIX.exec(text.slice(0, LONGEST_PREFIX_CHARACTERS))?.[0] ?? '';
  return text.slice(prefix.length);
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

function describe(encoded: string): string {
  const wrong = encoded.search(/[^A-Za-z0-9+/=]/);
  if (wrong >= 0) return `it must be of the standard alphabet: character ${wrong} is not`;
  return `it must be padded to a multiple of 4, with = only at the end: it has ${encoded.length} characters`;
}

function fault(text: string): ServiceError {
  return new ServiceError('ERR_PAYLOAD_BASE64', `Cannot decode the picture field as ${text}`);
}
