import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readOrientation } from '../../../../src/imaging/headers/picture-header.js';

/** One directory with one entry. */
function exif(order: 'II' | 'MM', tag: number, value: number, entries = 1): Buffer {
  const bytes = Buffer.alloc(8 + 2 + 12 + 4);
  const u16 = (number: number, at: number) =>
    order === 'II' ? bytes.writeUInt16LE(number, at) : bytes.writeUInt16BE(number, at);
  bytes.write(order);
  u16(42, 2);
  u16(8, order === 'II' ? 4 : 6);
  u16(entries, 8);
  u16(tag, 10);
  u16(3, 12);
  u16(1, order === 'II' ? 14 : 16);
  u16(value, 18);
  return bytes;
}

describe('readOrientation()', () => {
  it('reads little endian', () => assert.equal(readOrientation(exif('II', 274, 6)), 6));
  it('reads big endian', () => assert.equal(readOrientation(exif('MM', 274, 8)), 8));
  it('is 1 without the tag', () => assert.equal(readOrientation(exif('II', 271, 6)), 1));
  it('is 1 for a value that does not exist', () => assert.equal(readOrientation(exif('II', 274, 9)), 1));
  it('is 1 for the value 0', () => assert.equal(readOrientation(exif('II', 274, 0)), 1));
  it('is 1 for an unknown byte order', () => assert.equal(readOrientation(Buffer.from('XX*\0\x08\0\0\0\0\0')), 1));
  it('is 1 when there are fewer entries than announced', () =>
    assert.equal(readOrientation(exif('II', 271, 6, 65535)), 1));
  it('is 1 for a directory past the end', () => {
    const bytes = exif('II', 274, 6);
    bytes.writeUInt32LE(0xffffffff, 4);
    assert.equal(readOrientation(bytes), 1);
  });
  it('is 1 for every cut', () => {
    const whole = exif('MM', 274, 6);
    const cuts = Array.from({ length: 22 }, (_, length) => readOrientation(whole.subarray(0, length)));
    assert.deepEqual(new Set(cuts), new Set([1]));
  });
});
