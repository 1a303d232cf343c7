import { ServiceError } from '../../std/errors.js';

/** Numbers at offsets of untrusted bytes; a read past the end is a broken picture, not a crash. */
export interface ByteReader {
  readonly length: number;
  u8(offset: number): number;
  u16(offset: number): number;
  u32(offset: number): number;
  i32(offset: number): number;
  /** Given as a number: an offset above 2^53 is outside of every file anyway. */
  u64(offset: number): number;
  /** The four bytes at `offset` as Latin-1 characters. */
  fourCharacters(offset: number): string;
}

/** @throws {ServiceError} ERR_IMAGE_DECODE from every method when the offset lies outside */
export function createByteReader(bytes: Uint8Array, order: 'little' | 'big'): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = order === 'little';
  const at = (offset: number, size: number): number => {
    if (!(offset >= 0 && offset + size <= bytes.length)) {
      throw broken(`its header must be whole: ${offset + size} bytes are needed, ${bytes.length} are there`);
    }
    return offset;
  };
  return {
    length: bytes.length,
    u8: (offset) => view.getUint8(at(offset, 1)),
    u16: (offset) => view.getUint16(at(offset, 2), little),
    u32: (offset) => view.getUint32(at(offset, 4), little),
    i32: (offset) => view.getInt32(at(offset, 4), little),
    u64: (offset) => Number(view.getBigUint64(at(offset, 8), little)),
    fourCharacters: (offset) => Buffer.from(bytes.subarray(at(offset, 4), offset + 4)).toString('latin1'),
  };
}

/** "Cannot decode the picture as <rule>: <current value>". */
export function broken(text: string): ServiceError {
  return new ServiceError('ERR_IMAGE_DECODE', `Cannot decode the picture as ${text}`);
}

/** A variant of a known format that is not inspected. */
export function refused(text: string): ServiceError {
  return new ServiceError('ERR_IMAGE_FORMAT', `Cannot inspect the picture as ${text}`);
}

/** True when the bytes from `at` on are those of the text, one Latin-1 character a byte. */
export function startsWith(bytes: Uint8Array, signature: string, at = 0): boolean {
  if (bytes.length < at + signature.length) return false;
  for (let i = 0; i < signature.length; i++) if (bytes[at + i] !== signature.charCodeAt(i)) return false;
  return true;
}
