import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeBmp } from '../../../src/imaging/bmp.js';
import { createScratch } from '../../../src/vision/scratch.js';

const PIXELS_AT = 62;
const TWO_COLOURS = [1, 2, 3, 0, 4, 5, 6, 0];

/** 2 × 1 pixels of 8 bits: the colours 0 and `second`, after a palette of two. */
function bmp(second: number, colours = 2): Buffer {
  const bytes = Buffer.alloc(PIXELS_AT + 4);
  bytes.write('BM');
  bytes.writeUInt32LE(PIXELS_AT, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(2, 18);
  bytes.writeInt32LE(1, 22);
  bytes.writeUInt16LE(8, 28);
  bytes.writeUInt32LE(colours, 46);
  bytes.set(TWO_COLOURS, 54);
  bytes[PIXELS_AT + 1] = second;
  return bytes;
}

const pixelsOf = (bytes: Buffer) => [...decodeBmp(bytes, createScratch()).data];

describe('decodeBmp() with a palette', () => {
  it('gives the colours as B, G, R', () => assert.deepEqual(pixelsOf(bmp(1)), [1, 2, 3, 4, 5, 6]));
  it('makes a colour past its end black', () => assert.deepEqual(pixelsOf(bmp(2)), [1, 2, 3, 0, 0, 0]));
  it('refuses one that goes on past the end of the file', () =>
    assert.throws(() => pixelsOf(bmp(1, 4)), { code: 'ERR_IMAGE_DECODE', message: /palette must be whole/ }));
});
