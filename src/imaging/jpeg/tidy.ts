import { ServiceError } from '../../std/errors.js';
import { createByteReader } from '../headers/byte-reader.js';
import type { Samples } from '../headers/picture-header.js';
import { createHuffmanTable, type HuffmanTable, ScanIncomplete, STANDARD_TABLES } from './huffman.js';
import { type Scan, type ScanComponent, walkScan } from './scan.js';

const MARKER = {
  sof0: 0xc0,
  sof1: 0xc1,
  sof2: 0xc2,
  dht: 0xc4,
  eoi: 0xd9,
  sos: 0xda,
  dri: 0xdd,
  app0: 0xe0,
  app14: 0xee,
};
const PICTURE_START = Uint8Array.of(0xff, 0xd8);
const PICTURE_END = Uint8Array.of(0xff, MARKER.eoi);
/** libturbojpeg's own limit is 500; a scan costs next to no bytes and a walk through all blocks. */
const MAX_SCANS = 100;

interface Component {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly blocksWide: number;
  readonly blocksHigh: number;
  readonly nonZero: Uint32Array;
  /** The lowest known bit of each coefficient; 255 while none is known. */
  readonly lowestBit: Uint8Array;
}

interface Frame {
  readonly isProgressive: boolean;
  readonly components: readonly Component[];
  readonly mcus: number;
}

/**
 * The same picture without what decoders warn of though no pixel is missing: bytes before a marker, parameters of a
 * sequential scan, an unknown revision of JFIF or transform of Adobe, numbers of restart markers, a missing end marker.
 * A decoder that stops at every warning decodes it to the pixels that a tolerant one gives of the original. From where
 * something is missing all stays as it was, so that such a decoder refuses it and says why.
 * @param samples of the picture: libjpeg assumes an unknown transform of Adobe to be that of four components, or of
 * fewer
 */
export function tidyJpeg(bytes: Uint8Array, samples: Samples): Uint8Array {
  const parts: Uint8Array[] = [PICTURE_START];
  let offset = 2;
  try {
    for (const [part, end] of tidyParts(bytes, samples === 'cmyk' ? 2 : 1)) {
      parts.push(part);
      offset = end;
    }
    return Buffer.concat(parts);
  } catch (error) {
    // The byte reader's own error: a segment is cut.
    if (!(error instanceof ScanIncomplete) && !(error instanceof ServiceError)) throw error;
    return Buffer.concat([...parts, bytes.subarray(offset)]);
  }
}

/** Each part with the offset behind it in the original. */
function* tidyParts(bytes: Uint8Array, adobeTransform: number): Generator<readonly [part: Uint8Array, end: number]> {
  const reader = createByteReader(bytes, 'big');
  const tables = new Map(STANDARD_TABLES);
  let frame: Frame | undefined;
  let restartInterval = 0;
  let scans = 0;
  for (let offset = 2; ; ) {
    const at = nextMarker(bytes, offset);
    if (at === undefined && !(frame && isComplete(frame))) throw new ScanIncomplete();
    const marker = at === undefined ? MARKER.eoi : reader.u8(at);
    if (at === undefined || marker === MARKER.eoi) {
      yield [PICTURE_END, bytes.length];
      return;
    }
    const length = reader.u16(at + 1);
    const end = at + 1 + length;
    reader.u8(end - 1);
    const segment = Uint8Array.from(bytes.subarray(at - 1, end));
    if (marker === MARKER.dht) readTables(segment, tables);
    if (marker === MARKER.dri) restartInterval = reader.u16(at + 3);
    if (marker >= MARKER.sof0 && marker <= MARKER.sof2) {
      // The caller has checked the size of the first one.
      if (frame !== undefined) throw new ScanIncomplete();
      frame = readFrame(segment);
    }
    mend(marker, segment, { adobeTransform, isSequential: frame?.isProgressive === false });
    yield [segment, end];
    offset = end;
    if (marker !== MARKER.sos) continue;
    if (frame === undefined || ++scans > MAX_SCANS) throw new ScanIncomplete();
    const { data, end: scanEnd } = walkScan(bytes, end, readScan(segment, frame, tables, restartInterval));
    offset = scanEnd;
    yield [data, offset];
  }
}

/** Offset of the next marker's second byte, behind whatever is no marker; markers without a segment are left out. */
function nextMarker(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at];
    if (marker === undefined) return undefined;
    if (marker > 1 && (marker < 0xd0 || marker > 0xd7)) return at;
  }
  return undefined;
}

/** Writes what libjpeg assumes where a value is unknown to it. */
function mend(
  marker: number,
  segment: Uint8Array,
  { adobeTransform, isSequential }: { readonly adobeTransform: number; readonly isSequential: boolean },
): void {
  const text = (length: number) => Buffer.from(segment.subarray(4, 4 + length)).toString('latin1');
  if (marker === MARKER.app0 && text(5) === 'JFIF\0' && segment.length >= 18) segment[9] = 1;
  if (marker === MARKER.app14 && text(5) === 'Adobe' && segment.length >= 16) {
    const isKnown = segment[15] === 0 || segment[15] === adobeTransform;
    if (!isKnown) segment[15] = adobeTransform;
  }
  if (marker === MARKER.sos && isSequential) segment.set([0, 63, 0], segment.length - 3);
}

function readTables(segment: Uint8Array, tables: Map<number, HuffmanTable | undefined>): void {
  for (let at = 4; at + 17 <= segment.length; ) {
    const counts = segment.subarray(at + 1, at + 17);
    const symbols = segment.subarray(at + 17, at + 17 + counts.reduce((sum, count) => sum + count, 0));
    tables.set(segment[at]!, createHuffmanTable(counts, symbols));
    at += 17 + symbols.length;
  }
}

function readFrame(segment: Uint8Array): Frame {
  const reader = createByteReader(segment, 'big');
  const height = reader.u16(5);
  const width = reader.u16(7);
  const isProgressive = reader.u8(1) === MARKER.sof2;
  const found = Array.from({ length: reader.u8(9) }, (_, i) => {
    const sampling = reader.u8(11 + 3 * i);
    return { id: reader.u8(10 + 3 * i), across: sampling >> 4, down: sampling & 15 };
  });
  if (found.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4)) throw new ScanIncomplete();
  const mostAcross = Math.max(...found.map(({ across }) => across));
  const mostDown = Math.max(...found.map(({ down }) => down));
  const components = found.map(({ id, across, down }): Component => {
    const blocksWide = Math.ceil(Math.ceil((width * across) / mostAcross) / 8);
    const blocksHigh = Math.ceil(Math.ceil((height * down) / mostDown) / 8);
    const nonZero = new Uint32Array(isProgressive ? 2 * blocksWide * blocksHigh : 0);
    return { id, across, down, blocksWide, blocksHigh, nonZero, lowestBit: new Uint8Array(64).fill(255) };
  });
  return {
    isProgressive,
    components,
    mcus: Math.ceil(width / (8 * mostAcross)) * Math.ceil(height / (8 * mostDown)),
  };
}

function readScan(
  segment: Uint8Array,
  { components, isProgressive, mcus }: Frame,
  tables: ReadonlyMap<number, HuffmanTable | undefined>,
  restartInterval: number,
): Scan {
  const reader = createByteReader(segment, 'big');
  const count = reader.u8(4);
  const [ss, se, bits] = [reader.u8(5 + 2 * count), reader.u8(6 + 2 * count), reader.u8(7 + 2 * count)];
  const [ah, al] = [bits >> 4, bits & 15];
  if (se > 63) throw new ScanIncomplete();
  const chosen = Array.from({ length: count }, (_, i): ScanComponent => {
    const component = components.find(({ id }) => id === reader.u8(5 + 2 * i));
    if (component === undefined) throw new ScanIncomplete();
    for (let k = ss; k <= se; k++) component.lowestBit[k] = al;
    const table = reader.u8(6 + 2 * i);
    return {
      ...component,
      blocksPerMcu: component.across * component.down,
      dc: tables.get(table >> 4),
      ac: tables.get(0x10 | (table & 15)),
    };
  });
  return { components: chosen, isProgressive, ss, se, ah, mcus, restartInterval };
}

/** Called only when the end marker is missing: between two scans nothing tells whether further ones were to come. */
function isComplete({ components }: Frame): boolean {
  return components.every(({ lowestBit }) => lowestBit.every((bit) => bit === 0));
}
