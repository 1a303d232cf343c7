import { createByteReader } from './headers/byte-reader.js';

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** The same picture with the byte that must follow a last chunk of odd size: some writers leave it out. */
export function tidyWebp(bytes: Uint8Array): Uint8Array {
  const reader = createByteReader(bytes, 'little');
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= bytes.length; ) {
    const size = reader.u32(at + 4);
    const end = at + CHUNK_HEADER_BYTES + size;
    if (end === bytes.length && size % 2 === 1) {
      const padded = Buffer.concat([bytes, Buffer.alloc(1)]);
      padded.writeUInt32LE(padded.length - CHUNK_HEADER_BYTES, 4);
      return padded;
    }
    at = end + (size % 2);
  }
  return bytes;
}
