import type { Orientation } from '../../vision/orient.js';
import { broken, createByteReader } from './byte-reader.js';
import { type PictureHeader, readOrientation } from './picture-header.js';

const SIGNATURE_BYTES = 8;
/** Length, type and CRC around a chunk's data. */
const CHUNK_FRAME_BYTES = 12;

/**
 * Walks all chunks to IEND: decoders differ in what they make of a picture that ends before it, and here every
 * premature end is refused. Bytes after IEND are not looked at.
 * @see W3C Portable Network Graphics, third edition, §5
 */
export function readPngHeader(bytes: Uint8Array): PictureHeader {
  const reader = createByteReader(bytes, 'big');
  if (reader.u32(SIGNATURE_BYTES) !== 13 || reader.fourCharacters(SIGNATURE_BYTES + 4) !== 'IHDR') {
    throw broken('its first chunk must be an IHDR of 13 bytes: it is not');
  }
  const width = reader.u32(SIGNATURE_BYTES + 8);
  const height = reader.u32(SIGNATURE_BYTES + 12);
  let orientation: Orientation | undefined;
  for (let offset = SIGNATURE_BYTES; ; ) {
    const length = reader.u32(offset);
    const type = reader.fourCharacters(offset + 4);
    if (type === 'eXIf') orientation ??= readOrientation(bytes.subarray(offset + 8, offset + 8 + length));
    reader.u32(offset + 8 + length); // its CRC is there, so the chunk is whole
    if (type === 'IEND') return { width, height, orientation: orientation ?? 1, samples: 'rgb' };
    offset += CHUNK_FRAME_BYTES + length;
  }
}
