import type { Orientation } from '../../vision/orient.js';
import { broken, createByteReader, refused } from './byte-reader.js';
import { type PictureHeader, readOrientation, type Samples } from './picture-header.js';

const SAMPLES: Readonly<Record<number, Samples>> = { 1: 'grey', 3: 'rgb', 4: 'cmyk' };
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
/** Bytes of an APP1 segment before the EXIF block: "Exif", two zeros. */
const EXIF_PREFIX_BYTES = 6;

/**
 * Walks the marker segments up to the first scan. As OpenCV, it takes the orientation from the first APP1 segment
 * whatever that is: after an XMP segment EXIF is not seen.
 * @see ITU-T T.81, annex B
 */
export function readJpegHeader(bytes: Uint8Array): PictureHeader {
  const reader = createByteReader(bytes, 'big');
  let orientation: Orientation | undefined;
  let frame: { width: number; height: number; samples: Samples } | undefined;
  let offset = 2;
  for (;;) {
    // Decoders skip what is no marker, and a marker may have any number of fill bytes before it [B.1.1.2].
    while (reader.u8(offset) !== 0xff) offset++;
    while (reader.u8(offset) === 0xff) offset++;
    const marker = reader.u8(offset++);
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd7)) continue;
    if (marker === SOI || marker === EOI)
      throw broken(`a scan must come before marker 0x${marker.toString(16)}: none did`);
    if (marker === SOS) {
      if (frame === undefined) throw broken('a frame header must come before the first scan: none did');
      return { ...frame, orientation: orientation ?? 1 };
    }
    const length = reader.u16(offset);
    if (length < 2) throw broken(`a segment must have at least 2 bytes: marker 0x${marker.toString(16)} has ${length}`);
    if (marker === APP1 && orientation === undefined) {
      orientation = readOrientation(bytes.subarray(offset + 2 + EXIF_PREFIX_BYTES, offset + length));
    }
    if (isFrameHeader(marker)) {
      if (frame !== undefined) throw broken('it must have one frame header: it has two');
      const bits = reader.u8(offset + 2);
      const kind = REFUSED_FRAMES[marker] ?? (bits === 12 ? 'one of 12' : undefined);
      if (kind !== undefined)
        throw refused(`a JPEG must be baseline or progressive, of 8 bits a sample: it is ${kind}`);
      const components = reader.u8(offset + 7);
      const samples = SAMPLES[components];
      if (samples === undefined) throw broken(`a JPEG must have 1, 3 or 4 components: it has ${components}`);
      frame = { height: reader.u16(offset + 3), width: reader.u16(offset + 5), samples };
    }
    offset += length;
  }
}

/** Frames that OpenCV does not read either, by marker. */
const REFUSED_FRAMES: Readonly<Record<number, string>> = {
  [0xc3]: 'lossless JPEG',
  [0xc5]: 'hierarchical JPEG',
  [0xc6]: 'hierarchical JPEG',
  [0xc7]: 'hierarchical JPEG',
  [0xcb]: 'lossless JPEG',
  [0xcd]: 'hierarchical JPEG',
  [0xce]: 'hierarchical JPEG',
  [0xcf]: 'hierarchical JPEG',
  [0xf7]: 'JPEG-LS',
};

/** SOF0 to SOF15 without DHT, JPG and DAC, which are among them, and the frame of JPEG-LS. */
function isFrameHeader(marker: number): boolean {
  return (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) || marker === 0xf7;
}
