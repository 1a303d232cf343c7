import { type CopyBytes, setBytes } from '../std/copy-bytes.js';
import { ServiceError } from '../std/errors.js';
import { instantiate, reaches } from '../std/wasm.js';
import { BASE64_WASM } from './base64-wasm.js';
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

/**
 * Text as bytes → what it encodes, as `decodePlainBase64`. What it gives may be valid until the next call only.
 */
export type DecodePlain = (text: Uint8Array) => Uint8Array | undefined;

/** As base64.wat declares it: 16 MiB, the largest payload that is taken by default. */
const MAX_PAGES = 256;
const BLOCK = 16;
/** Where the text lies; what is before it belongs to base64.wat. */
const TEXT_AT = 128;
/** Below this it does not matter. */
const LARGE_BYTES = 4096;
const PREFIX = Buffer.from('data:');

/** The plain way: by a string, which for a picture takes more time and memory than the decoding. */
export const decodePlain: DecodePlain = (text) =>
  decodePlainBase64(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1'));

/**
 * The decoder of one thread: WebAssembly SIMD in memory that is kept, where there is such; the results are the same.
 * @param copy brings the text into that memory
 */
export function createBase64Decoder(copy?: CopyBytes): DecodePlain {
  try {
    return createSimdDecoder(copy);
  } catch {
    return decodePlain;
  }
}

/** @throws {Error} where WebAssembly lacks SIMD or memory */
export function createSimdDecoder(copy: CopyBytes = setBytes): DecodePlain {
  const { exports, memory } = instantiate<{ decode(count: number): number }>(BASE64_WASM, MAX_PAGES);

  return (text) => {
    const { length } = text;
    const isPlain = length >= LARGE_BYTES && length % 4 === 0 && PREFIX.compare(text, 0, PREFIX.length) !== 0;
    if (!isPlain || !reaches(memory, TEXT_AT + length, MAX_PAGES)) return decodePlain(text);
    // The last characters, padding among them, are left to the strict decoder: four of them stand for themselves.
    const blocks = Math.floor((length - 1) / BLOCK) * BLOCK;
    const end = decodePlain(text.subarray(blocks));
    if (end === undefined) return undefined;
    const bytes = new Uint8Array(memory.buffer, TEXT_AT, length);
    copy(text, bytes);
    if (exports.decode(blocks) === 0) return undefined;
    const decoded = (blocks / 4) * 3;
    bytes.set(end, decoded);
    return bytes.subarray(0, decoded + end.length);
  };
}
