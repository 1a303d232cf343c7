/** What would go wrong: memory that two payloads have at a time; one picture would be published with the bytes of another. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSharedBuffers } from '../../../src/std/shared-buffers.js';

const PLENTY = 2 ** 30;

describe('createSharedBuffers()', () => {
  it('lends no memory to two at a time, in whatever order it is taken and given back', () => {
    const sizes = fc.integer({ min: 1, max: 5_000 });
    const step = fc.oneof(
      fc.record({ take: sizes }),
      fc.record({ giveNumber: fc.nat(20), times: fc.constantFrom(1, 2) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffers = createSharedBuffers(20_000);
        const held: Uint8Array<SharedArrayBuffer>[] = [];
        for (const each of steps) {
          if ('take' in each) {
            const bytes = buffers.take(each.take);
            assert.equal(bytes.length, each.take);
            assert.ok(held.every(({ buffer }) => buffer !== bytes.buffer));
            held.push(bytes);
          } else {
            const [bytes] = held.splice(each.giveNumber, 1);
            for (let time = 0; time < each.times; time += 1) if (bytes !== undefined) buffers.give(bytes.buffer);
          }
        }
      }),
    );
  });

  it('lends again what was given back, also for a size a little different', () => {
    const buffers = createSharedBuffers(PLENTY);
    const { buffer } = buffers.take(300_000);
    buffers.give(buffer);
    assert.equal(buffers.take(320_000).buffer, buffer);
  });

  it('does not lend large memory for something small', () => {
    const buffers = createSharedBuffers(PLENTY);
    const { buffer } = buffers.take(300_000);
    buffers.give(buffer);
    assert.notEqual(buffers.take(100_000).buffer, buffer);
  });

  it('keeps no more than it is told to', () => {
    const buffers = createSharedBuffers(1_000);
    const first = buffers.take(800);
    const second = buffers.take(800);
    buffers.give(first.buffer);
    buffers.give(second.buffer);
    assert.equal(buffers.take(800).buffer, second.buffer);
    assert.notEqual(buffers.take(800).buffer, first.buffer);
  });

  it('keeps what it has when something too large to be kept is given back', () => {
    const buffers = createSharedBuffers(1_000);
    const small = buffers.take(800);
    const large = buffers.take(2_000);
    buffers.give(small.buffer);
    buffers.give(large.buffer);
    assert.equal(buffers.take(800).buffer, small.buffer);
  });

  it('passes over memory that it has not lent', () => {
    const buffers = createSharedBuffers(PLENTY);
    const foreign = new SharedArrayBuffer(800);
    buffers.give(foreign);
    buffers.give(new ArrayBuffer(800));
    assert.notEqual(buffers.take(800).buffer, foreign);
  });
});
