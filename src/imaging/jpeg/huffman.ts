/** Huffman codes of JPEG, read only to learn where the data of a scan ends and whether all of it is there. */

/** A code's symbols in order, and what finds them (ITU-T T.81, figure F.15). */
export interface HuffmanTable {
  readonly symbols: Uint8Array;
  /** The largest code of each length, 1 to 16 bits, or -1; and what is added to a code to find its symbol. */
  readonly maxCode: Int32Array;
  readonly symbolOffset: Int32Array;
}

/** @param counts numbers of codes by length, 1 to 16; undefined when there are more codes than bits can tell apart */
export function createHuffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | undefined {
  const maxCode = new Int32Array(17).fill(-1);
  const symbolOffset = new Int32Array(17);
  let code = 0;
  let first = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1]!;
    symbolOffset[length] = first - code;
    code += count;
    first += count;
    if (code > 1 << length) return undefined;
    if (count > 0) maxCode[length] = code - 1;
    code <<= 1;
  }
  return { symbols, maxCode, symbolOffset };
}

/** Thrown where the data ends, or holds no code, before the scan is complete: libjpeg would make up the rest. */
export class ScanIncomplete extends Error {}

/** Bits of the entropy-coded data from one marker to the next. */
export interface BitReader {
  readSymbol(table: HuffmanTable): number;
  /** At most 16. */
  readBits(count: number): number;
  /** Offset behind the last byte of which a bit was read. */
  end(): number;
}

export function createBitReader(bytes: Uint8Array, start: number): BitReader {
  let at = start;
  let current = 0;
  let left = 0;

  function readBit(): number {
    if (left === 0) nextByte();
    left--;
    return (current >> left) & 1;
  }

  function nextByte(): void {
    if (at >= bytes.length) throw new ScanIncomplete();
    current = bytes[at++]!;
    left = 8;
    if (current !== 0xff) return;
    // A stuffed zero makes it data, also behind fill bytes; everything else is a marker [B.1.1.5].
    while (bytes[at] === 0xff) at++;
    if (bytes[at] !== 0) throw new ScanIncomplete();
    at++;
  }

  return {
    readSymbol({ symbols, maxCode, symbolOffset }) {
      let code = 0;
      for (let length = 1; length <= 16; length++) {
        code = (code << 1) | readBit();
        if (code <= maxCode[length]!) return symbols[code + symbolOffset[length]!] ?? 0;
      }
      throw new ScanIncomplete();
    },
    readBits(count) {
      let value = 0;
      for (let i = 0; i < count; i++) value = (value << 1) | readBit();
      return value;
    },
    end: () => at,
  };
}

// The tables of ITU-T T.81, K.3: frames of Motion JPEG leave them out, and libjpeg then takes them.

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const make = (counts: string, symbols: string): HuffmanTable | undefined =>
  createHuffmanTable(bytesOf(counts), bytesOf(symbols));

const DC_SYMBOLS = '000102030405060708090a0b';
const AC_LUMINANCE =
  '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a' +
  '434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8' +
  'a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa';
const AC_CHROMINANCE =
  '0001020311040521310612415107617113223281081442' +
  '91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768' +
  '696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3' +
  'd4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa';

/** The key is class and destination as a DHT segment names them: 0x00 and 0x01 are for DC, 0x10 and 0x11 for AC. */
export const STANDARD_TABLES: ReadonlyMap<number, HuffmanTable | undefined> = new Map([
  [0x00, make('00010501010101010100000000000000', DC_SYMBOLS)],
  [0x01, make('00030101010101010101010000000000', DC_SYMBOLS)],
  [0x10, make('0002010303020403050504040000017d', AC_LUMINANCE)],
  [0x11, make('00020102040403040705040400010277', AC_CHROMINANCE)],
]);
