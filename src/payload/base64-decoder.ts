import { type CopyBytes, setBytes } from '../std/copy-bytes.js';
import { instantiate, reaches } from '../std/wasm.js';
import { decodePlainBase64 } from './base64.js';
import { BASE64_WASM } from './base64-wasm.js';

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
