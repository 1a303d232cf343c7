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
