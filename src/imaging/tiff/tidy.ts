/**
 * A TIFF with a directory that libtiff has nothing to say about: the same pixels, the tags that they need, in order.
 */
import { type RawValues, readDirectory, TAG, type TiffDirectory } from './directory.js';

const SHORT = 3;
const LONG = 4;
const LONG8 = 16;
const UNCOMPRESSED = 1;
const SEPARATE = 2;
const BLACK_IS_ZERO = 1;
/** Tags with one number each. */
const SCALARS = [
  TAG.width,
  TAG.height,
  TAG.compression,
  TAG.photometric,
  TAG.fillOrder,
  TAG.samplesPerPixel,
  TAG.rowsPerStrip,
  TAG.planarConfig,
  TAG.t4Options,
  TAG.t6Options,
  TAG.predictor,
  TAG.tileWidth,
  TAG.tileLength,
  TAG.yCbCrPositioning,
];
/** Tags that are taken over as they are. */
const VERBATIM = [
  TAG.colorMap,
  TAG.extraSamples,
  TAG.jpegTables,
  TAG.yCbCrCoefficients,
  TAG.yCbCrSubSampling,
  TAG.referenceBlackWhite,
];

interface Entry {
  readonly type: number;
  readonly values: readonly number[] | Uint8Array;
  readonly count: number;
}

/**
 * Without the tags that no pixel needs, those that are there twice, and byte counts that cannot be right: of
 * uncompressed pixels the sizes say them, of others the data goes on to what follows. A decoder that stops at every
 * warning then stops at those alone that are about pixels.
 * @param plane only one colour of separate planes, as a grey picture
 */
export function tidyTiff(bytes: Uint8Array, plane?: number): Uint8Array {
  const directory = readDirectory(bytes);
  const entries = new Map<number, Entry>();
  for (const tag of SCALARS) {
    const value = directory.first(tag);
    if (value !== undefined) entries.set(tag, numbers([value]));
  }
  for (const tag of VERBATIM) {
    const raw = directory.raw(tag);
    if (raw !== undefined) entries.set(tag, verbatim(raw));
  }
  const bits = directory.first(TAG.bitsPerSample) ?? 1;
  const samples = directory.first(TAG.samplesPerPixel) ?? 1;
  entries.set(TAG.bitsPerSample, numbers(Array.from({ length: plane === undefined ? samples : 1 }, () => bits)));
  const isTiled = directory.first(TAG.tileWidth) !== undefined;
  const [offsetTag, countTag] = isTiled
    ? [TAG.tileOffsets, TAG.tileByteCounts]
    : [TAG.stripOffsets, TAG.stripByteCounts];
  let offsets = directory.all(offsetTag);
  let counts = byteCounts(directory, { offsets, bits, samples, isTiled, fileBytes: bytes.length });
  if (plane !== undefined) {
    const perPlane = offsets.length / samples;
    offsets = offsets.slice(plane * perPlane, (plane + 1) * perPlane);
    counts = counts.slice(plane * perPlane, (plane + 1) * perPlane);
    entries.set(TAG.samplesPerPixel, numbers([1]));
    entries.set(TAG.photometric, numbers([BLACK_IS_ZERO]));
    entries.set(TAG.planarConfig, numbers([1]));
    entries.delete(TAG.extraSamples);
  }
  entries.set(offsetTag, numbers(offsets));
  entries.set(countTag, numbers(counts));
  return withDirectory(bytes, directory, entries);
}

interface Layout {
  readonly offsets: readonly number[];
  readonly bits: number;
  readonly samples: number;
  readonly isTiled: boolean;
  readonly fileBytes: number;
}

function byteCounts(directory: TiffDirectory, { offsets, bits, samples, isTiled, fileBytes }: Layout): number[] {
  const { first, all } = directory;
  const told = all(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  if ((first(TAG.compression) ?? UNCOMPRESSED) !== UNCOMPRESSED) {
    const sorted = [...new Set([...offsets, fileBytes])].sort((a, b) => a - b);
    const nextOf = new Map(sorted.map((offset, i) => [offset, sorted[i + 1] ?? fileBytes]));
    return offsets.map((offset, i) => {
      const count = told[i] ?? 0;
      if (count > 0 && offset + count <= fileBytes) return count;
      return Math.max(0, Math.min(nextOf.get(offset) ?? fileBytes, fileBytes) - offset);
    });
  }
  const perPixel = (first(TAG.planarConfig) === SEPARATE ? 1 : samples) * bits;
  const width = first(isTiled ? TAG.tileWidth : TAG.width) ?? 0;
  const rowBytes = Math.ceil((width * perPixel) / 8);
  if (isTiled) return offsets.map(() => rowBytes * (first(TAG.tileLength) ?? 0));
  const height = first(TAG.height) ?? 0;
  const rows = Math.max(1, Math.min(first(TAG.rowsPerStrip) ?? height, height));
  const perPlane = Math.ceil(height / rows);
  return offsets.map((_, i) => rowBytes * Math.min(rows, height - (i % perPlane) * rows));
}

function numbers(values: readonly number[]): Entry {
  return { type: LONG, values, count: values.length };
}

function verbatim({ type, bytes, count }: RawValues): Entry {
  return { type, values: bytes, count };
}

/** The file with a new directory behind it, which its head points at. */
function withDirectory(
  bytes: Uint8Array,
  { order, isBig }: TiffDirectory,
  entries: ReadonlyMap<number, Entry>,
): Uint8Array {
  const wordBytes = isBig ? 8 : 4;
  const entryBytes = isBig ? 20 : 12;
  const start = bytes.length + (bytes.length % 2);
  const listBytes = (isBig ? 8 : 2) + entries.size * entryBytes + wordBytes;
  const sorted = [...entries]
    .sort(([a], [b]) => a - b)
    .map(([tag, entry]) => ({ tag, ...encode(tag, entry, order, isBig) }));
  const dataBytes = sorted.reduce((sum, { data }) => sum + data.length + (data.length % 2), 0);
  const out = Buffer.alloc(start + listBytes + dataBytes);
  out.set(bytes);
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const little = order === 'little';
  const word = (at: number, value: number): void =>
    isBig ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little);
  word(isBig ? 8 : 4, start);
  if (isBig) view.setBigUint64(start, BigInt(entries.size), little);
  else view.setUint16(start, entries.size, little);
  let at = start + (isBig ? 8 : 2);
  let dataAt = start + listBytes;
  for (const { tag, type, count, data } of sorted) {
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, type, little);
    word(at + 4, count);
    if (data.length <= wordBytes) out.set(data, at + 4 + wordBytes);
    else {
      word(at + 4 + wordBytes, dataAt);
      out.set(data, dataAt);
      dataAt += data.length + (data.length % 2);
    }
    at += entryBytes;
  }
  return out;
}

/** Tags that libtiff takes as SHORT alone. */
const SHORT_TAGS: ReadonlySet<number> = new Set([
  TAG.bitsPerSample,
  TAG.compression,
  TAG.photometric,
  TAG.fillOrder,
  TAG.samplesPerPixel,
  TAG.planarConfig,
  TAG.predictor,
  TAG.yCbCrPositioning,
]);

function encode(
  tag: number,
  { type, values, count }: Entry,
  order: 'little' | 'big',
  isBig: boolean,
): { readonly type: number; readonly count: number; readonly data: Uint8Array } {
  if (values instanceof Uint8Array) return { type, count, data: values };
  const isWide = isBig && !SHORT_TAGS.has(tag);
  const size = SHORT_TAGS.has(tag) ? 2 : isWide ? 8 : 4;
  const data = new Uint8Array(count * size);
  const view = new DataView(data.buffer);
  const little = order === 'little';
  values.forEach((value, i) => {
    if (size === 2) view.setUint16(2 * i, value, little);
    else if (size === 4) view.setUint32(4 * i, value, little);
    else view.setBigUint64(8 * i, BigInt(value), little);
  });
  return { type: size === 2 ? SHORT : isWide ? LONG8 : LONG, count, data };
}
