/** The first directory of a TIFF or BigTIFF: of several pictures in a file the first counts, as in OpenCV. */
import { broken, createByteReader } from '../headers/byte-reader.js';

export const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfig: 284,
  t4Options: 292,
  t6Options: 293,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  yCbCrCoefficients: 529,
  yCbCrSubSampling: 530,
  yCbCrPositioning: 531,
  referenceBlackWhite: 532,
} as const;

/** Other tags may point anywhere. */
const NEEDED: ReadonlySet<number> = new Set(Object.values(TAG));

export interface TiffDirectory {
  readonly order: 'little' | 'big';
  readonly isBig: boolean;
  /** The first value of a tag, as a number; undefined when it is not there. */
  first(tag: number): number | undefined;
  /** All values of a tag; [] when it is not there. */
  all(tag: number): readonly number[];
  /** A tag's values as they are stored. */
  raw(tag: number): RawValues | undefined;
}

export interface RawValues {
  readonly type: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

const BIG_VERSION = 43;
const MAX_ENTRIES = 1024;
/** Bytes of one value by type: BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, and of BigTIFF LONG8. */
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 16: 8 };

/**
 * Reads it without minding what libtiff only warns of: of a tag that is there twice the first counts, the order is any,
 * and tags that cannot be read are not there.
 * @see TIFF Revision 6.0, §2; https://www.awaresystems.be/imaging/tiff/bigtiff.html
 */
export function readDirectory(bytes: Uint8Array): TiffDirectory {
  const order = bytes[0] === 0x49 ? 'little' : 'big';
  const reader = createByteReader(bytes, order);
  const isBig = reader.u16(2) === BIG_VERSION;
  const word = isBig ? reader.u64 : reader.u32;
  const wordBytes = isBig ? 8 : 4;
  const entryBytes = isBig ? 20 : 12;
  const offset = word(isBig ? 8 : 4);
  const count = isBig ? reader.u64(offset) : reader.u16(offset);
  if (count > MAX_ENTRIES) throw broken(`a TIFF's directory must have at most ${MAX_ENTRIES} entries: it has ${count}`);
  const entries = new Map<number, RawValues>();
  for (let i = 0; i < count; i++) {
    const entry = offset + (isBig ? 8 : 2) + i * entryBytes;
    const tag = reader.u16(entry);
    const type = reader.u16(entry + 2);
    const size = (TYPE_BYTES[type] ?? 0) * word(entry + 4);
    if (size === 0 || entries.has(tag)) continue;
    const at = size <= wordBytes ? entry + 4 + wordBytes : word(entry + 4 + wordBytes);
    if (at + size > reader.length) {
      if (!NEEDED.has(tag)) continue;
      throw broken(`a TIFF must be whole: its tag ${tag} needs ${at + size} bytes, ${reader.length} are there`);
    }
    entries.set(tag, { type, count: word(entry + 4), bytes: bytes.subarray(at, at + size) });
  }

  function all(tag: number): readonly number[] {
    const values = entries.get(tag);
    if (values === undefined) return [];
    return Array.from({ length: values.count }, (_, i) => valueAt(values, i, order));
  }
  return {
    order,
    isBig,
    all,
    raw: (tag) => entries.get(tag),
    first(tag) {
      const values = entries.get(tag);
      return values && valueAt(values, 0, order);
    },
  };
}

function valueAt({ type, bytes }: RawValues, index: number, order: 'little' | 'big'): number {
  const reader = createByteReader(bytes, order);
  if (type === 3) return reader.u16(2 * index);
  if (type === 4) return reader.u32(4 * index);
  if (type === 16) return reader.u64(8 * index);
  return reader.u8(index);
}
