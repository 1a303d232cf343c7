import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { createPacketAssembler } from '../../../src/mqtt/client-internals/packet-socket.js';
import { createSharedBuffers } from '../../../src/std/shared-buffers.js';

const FROM_BYTES = 200;
const TO_BYTES = 3_000;
const ROOM_BYTES = 150;

const publish = fc
  .record({
    bytes: fc.integer({ min: 0, max: 4_000 }),
    qos: fc.constantFrom(0 as const, 1 as const),
    fill: fc.nat(255),
  })
  .map(
    ({ bytes, qos, fill }): Packet => ({
      cmd: 'publish',
      topic: 'line/1',
      payload: Buffer.alloc(bytes, fill),
      qos,
      messageId: 9,
      dup: false,
      retain: false,
    }),
  );
const other = fc.constantFrom<Packet>({ cmd: 'pingresp' }, { cmd: 'puback', messageId: 300 });
const packets = fc.array(fc.oneof({ weight: 3, arbitrary: publish }, other), { maxLength: 12 });
const cuts = fc.array(fc.nat(20_000), { maxLength: 40 });

/** As a socket does it: no read is larger than the room, and nothing of a room may be kept after the next one. */
function assemble(bytes: Buffer, at: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  const assembler = createPacketAssembler((piece) => pieces.push(piece), {
    roomBytes: ROOM_BYTES,
    fromBytes: FROM_BYTES,
    toBytes: TO_BYTES,
    allocate: createSharedBuffers(0).take,
  });
  const ends = [...new Set([...at.map((cut) => Math.min(cut, bytes.length)), bytes.length])].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    while (start < end) {
      const room = assembler.room();
      const read = bytes.subarray(start, Math.min(end, start + room.length));
      room.set(read);
      assembler.received(read.length);
      if (room.buffer instanceof ArrayBuffer) room.fill(0xee);
      start += read.length;
    }
  }
  return pieces;
}

describe('createPacketAssembler()', () => {
  it('changes no byte and no order, however the bytes are cut', () => {
    fc.assert(
      fc.property(packets, cuts, (list, at) => {
        const bytes = Buffer.concat(list.map((packet) => generate(packet)));
        assert.ok(Buffer.concat(assemble(bytes, at)).equals(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives every PUBLISH of the sizes in question as one piece of shared memory, and nothing else', () => {
    fc.assert(
      fc.property(packets, cuts, (list, at) => {
        const wire = list.map((packet) => generate(packet));
        const expected = wire.filter(
          (bytes, i) => list[i]?.cmd === 'publish' && bytes.length >= FROM_BYTES && bytes.length <= TO_BYTES,
        );
        const whole = assemble(Buffer.concat(wire), at).filter(({ buffer }) => buffer instanceof SharedArrayBuffer);
        assert.equal(whole.length, expected.length);
        assert.ok(whole.every((piece, i) => piece.equals(expected[i] as Buffer)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('passes on what is no MQTT', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), cuts, (noise, at) => {
        const bytes = Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]), noise]);
        assert.deepEqual(Buffer.concat(assemble(bytes, at)), bytes);
      }),
    );
  });
});
