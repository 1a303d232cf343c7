/** One scan of a JPEG: where its data ends, read as libjpeg reads it. */
import { type BitReader, createBitReader, type HuffmanTable, ScanIncomplete } from './huffman.js';

const FIRST_RESTART = 0xd0;

export interface ScanComponent {
  /** Blocks of the component by itself. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Blocks of it in an MCU of several components. */
  readonly blocksPerMcu: number;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
  /** Which coefficients of each block are not zero, in two words of 32 bits, zigzag order; progressive pictures only. */
  readonly nonZero: Uint32Array;
}

export interface Scan {
  readonly components: readonly ScanComponent[];
  readonly isProgressive: boolean;
  /** First and last coefficient, and the bit positions of the former and this scan [G.1.1.1]. */
  readonly ss: number;
  readonly se: number;
  readonly ah: number;
  /** MCUs of a scan of several components. */
  readonly mcus: number;
  /** In MCUs; 0: none. */
  readonly restartInterval: number;
}

export interface ScanData {
  /** The data of all restart intervals with a numbered marker between each two, and nothing else. */
  readonly data: Uint8Array;
  /** Offset behind the last byte of the scan's data in the original. */
  readonly end: number;
}

/**
 * Reads a scan through, without the bytes that lie around its restart intervals, of which there may be any.
 * @throws {ScanIncomplete} when libjpeg would miss something: a code, or a restart marker that it can go on from
 */
export function walkScan(bytes: Uint8Array, start: number, scan: Scan): ScanData {
  const [only] = scan.components;
  const mcus = scan.components.length === 1 && only ? only.blocksWide * only.blocksHigh : scan.mcus;
  const out = Buffer.allocUnsafe(bytes.length - start);
  let size = 0;
  let from = start;
  for (let done = 0, interval = 0; done < mcus; interval++) {
    if (done > 0) {
      const number = (interval - 1) & 7;
      from = behindRestart(bytes, from, number);
      out[size++] = 0xff;
      out[size++] = FIRST_RESTART + number;
    }
    const until = scan.restartInterval === 0 ? mcus : Math.min(mcus, done + scan.restartInterval);
    const reader = createBitReader(bytes, from);
    const readMcu = mcuReader(reader, scan);
    for (; done < until; done++) readMcu(done);
    const data = bytes.subarray(from, reader.end());
    out.set(data, size);
    size += data.length;
    from = reader.end();
  }
  return { data: out.subarray(0, size), end: from };
}

/**
 * Behind the restart marker that follows. libjpeg goes on without a loss from the one expected, or from one far from
 * it.
 */
function behindRestart(bytes: Uint8Array, from: number, expected: number): number {
  let at = from;
  for (;;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (bytes[at] === 0xff) at++;
    if (bytes[at] !== 0) break;
    at++;
  }
  const number = (bytes[at] ?? 0) - FIRST_RESTART;
  // jpeg_resync_to_restart of libjpeg: one or two behind or before it, and data is skipped or made up.
  const distance = (number - expected + 8) & 7;
  if (number < 0 || number > 7 || (distance !== 0 && (distance < 3 || distance > 5))) throw new ScanIncomplete();
  return at + 1;
}

/** Reads one MCU; of a progressive scan the reader knows how many blocks have no more coefficients. */
function mcuReader(reader: BitReader, scan: Scan): (mcu: number) => void {
  const { components, isProgressive, ss, ah } = scan;
  const [only] = components;
  const isAlone = components.length === 1;
  if (isProgressive && ss > 0) {
    if (!only) throw new ScanIncomplete();
    const readBlock = ah === 0 ? firstAcReader(reader, scan, only) : refiningAcReader(reader, scan, only);
    return readBlock;
  }
  const readBlock = isProgressive ? (ah === 0 ? readDc : () => void reader.readBits(1)) : readSequentialBlock;
  return () => {
    for (const component of components) {
      const blocks = isAlone ? 1 : component.blocksPerMcu;
      for (let block = 0; block < blocks; block++) readBlock(component);
    }
  };

  function readDc({ dc }: ScanComponent): void {
    reader.readBits(symbolOf(reader, dc) & 15);
  }

  function readSequentialBlock(component: ScanComponent): void {
    readDc(component);
    for (let k = 1; k < 64; k++) {
      const symbol = symbolOf(reader, component.ac);
      const run = symbol >> 4;
      const size = symbol & 15;
      if (size === 0 && run !== 15) return;
      k += run;
      reader.readBits(size);
    }
  }
}

function firstAcReader(reader: BitReader, { ss, se }: Scan, { ac, nonZero }: ScanComponent): (block: number) => void {
  let endOfBandRun = 0;
  return (block) => {
    if (endOfBandRun > 0) {
      endOfBandRun--;
      return;
    }
    for (let k = ss; k <= se; k++) {
      const symbol = symbolOf(reader, ac);
      const run = symbol >> 4;
      const size = symbol & 15;
      if (size === 0 && run !== 15) {
        endOfBandRun = (1 << run) + reader.readBits(run) - 1;
        return;
      }
      k += run;
      reader.readBits(size);
      if (size > 0) setBit(nonZero, block, k);
    }
  };
}

/** Each coefficient that is known already has a bit of its own, also in blocks without new ones [G.1.2.3]. */
function refiningAcReader(
  reader: BitReader,
  { ss, se }: Scan,
  { ac, nonZero }: ScanComponent,
): (block: number) => void {
  let endOfBandRun = 0;
  return (block) => {
    let k = ss;
    while (endOfBandRun === 0 && k <= se) {
      const symbol = symbolOf(reader, ac);
      let run = symbol >> 4;
      const size = symbol & 15;
      if (size > 1) throw new ScanIncomplete();
      if (size === 0 && run !== 15) {
        endOfBandRun = (1 << run) + reader.readBits(run);
        break;
      }
      reader.readBits(size);
      for (; k <= se; k++) {
        if (hasBit(nonZero, block, k)) reader.readBits(1);
        else if (--run < 0) break;
      }
      if (size > 0) setBit(nonZero, block, k);
      k++;
    }
    if (endOfBandRun === 0) return;
    for (; k <= se; k++) if (hasBit(nonZero, block, k)) reader.readBits(1);
    endOfBandRun--;
  };
}

function symbolOf(reader: BitReader, table: HuffmanTable | undefined): number {
  if (table === undefined) throw new ScanIncomplete();
  return reader.readSymbol(table);
}

function setBit(words: Uint32Array, block: number, k: number): void {
  if (k < 64) words[2 * block + (k >> 5)]! |= 1 << (k & 31);
}

function hasBit(words: Uint32Array, block: number, k: number): boolean {
  return ((words[2 * block + (k >> 5)]! >>> (k & 31)) & 1) === 1;
}
