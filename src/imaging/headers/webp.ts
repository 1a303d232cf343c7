import { broken, createByteReader, refused } from './byte-reader.js';
import type { PictureHeader } from './picture-header.js';

const ANIMATION_FLAG = 0x02;
const LOSSLESS_SIGNATURE = 0x2f;

/**
 * Reads the first chunk. Animations are refused, and EXIF is not looked at, both as OpenCV does.
 * @see https://developers.google.com/speed/webp/docs/riff_container, RFC 6386 §9.1, RFC 9649 §3.4
 */
export function readWebpHeader(bytes: Uint8Array): PictureHeader {
  const reader = createByteReader(bytes, 'little');
  const riffBytes = reader.u32(4) + 8;
  if (riffBytes > bytes.length)
    throw broken(`it must be whole: ${riffBytes} bytes are announced, ${bytes.length} are there`);
  const chunk = reader.fourCharacters(12);
  if (chunk === 'VP8X') {
    if ((reader.u8(20) & ANIMATION_FLAG) !== 0) throw refused('a WebP must be one picture: it is an animation');
    return { width: u24(24) + 1, height: u24(27) + 1, orientation: 1, samples: 'rgb' };
  }
  if (chunk === 'VP8L') {
    if (reader.u8(20) !== LOSSLESS_SIGNATURE) throw broken('a lossless WebP must have its signature: it has not');
    const bits = reader.u32(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, orientation: 1, samples: 'rgb' };
  }
  if (chunk === 'VP8 ') {
    if (u24(23) !== 0x2a019d) throw broken('a WebP must begin with a key frame: it does not');
    return { width: reader.u16(26) & 0x3fff, height: reader.u16(28) & 0x3fff, orientation: 1, samples: 'rgb' };
  }
  throw broken(`a WebP must begin with a chunk VP8, VP8L or VP8X: it has "${chunk}"`);

  function u24(offset: number): number {
    return reader.u16(offset) + reader.u8(offset + 2) * 65536;
  }
}

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
