import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { copyBytes } from '../../../src/std/libc.js';

const ROOM = 10_000;
/** The same sizes around the one from which on the C library copies, in memory of either kind, at any place. */
const place = fc.record({ isShared: fc.boolean(), start: fc.nat(20) });

function bytesAt({ isShared, start }: { isShared: boolean; start: number }, fill: (i: number) => number): Uint8Array {
  const memory = isShared ? new SharedArrayBuffer(ROOM + 20) : new ArrayBuffer(ROOM + 20);
  const bytes = new Uint8Array(memory, start, ROOM);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = fill(i);
  return bytes;
}

describe('copyBytes()', () => {
  it('copies every byte to the beginning and touches none behind', () => {
    fc.assert(
      fc.property(place, place, fc.integer({ min: 0, max: ROOM }), (source, target, count) => {
        const from = bytesAt(source, (i) => (i * 7) % 251).subarray(0, count);
        const to = bytesAt(target, () => 255);
        copyBytes(from, to);
        assert.ok(to.every((value, i) => value === (i < count ? (i * 7) % 251 : 255)));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses what does not fit, and changes nothing', () => {
    const to = new Uint8Array(5_000);
    assert.throws(() => copyBytes(new Uint8Array(5_001).fill(1), to), RangeError);
    assert.ok(to.every((value) => value === 0));
  });
});
