import { test } from 'node:test';
import fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import { publishPacketBytes, toWireProperties } from '../../../src/mqtt/publish.js';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
// Around 128, 16 384 and 2 097 152 the remaining length takes one more byte.
const payloadBytes = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 16_000, max: 16_500 }),
  fc.integer({ min: 2_096_700, max: 2_097_200 }),
);
const properties = fc.record(
  {
    contentType: text,
    isText: fc.boolean(),
    expirySeconds: fc.nat(0xffffffff),
    responseTopic: text,
    correlationData: fc.uint8Array({ maxLength: 40 }),
    user: fc.array(fc.tuple(text, text), { maxLength: 5 }),
  },
  { requiredKeys: [] },
);

test('publishPacketBytes() is the length of the packet that mqtt-packet writes', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
      payloadBytes,
      fc.constantFrom<0 | 1>(0, 1),
      fc.constantFrom<4 | 5>(4, 5),
      properties,
      (topic, length, qos, protocolVersion, said) => {
        const message = { topic, payload: Buffer.alloc(length), qos, properties: toWireProperties(said) };
        const written = mqttPacket.generate(
          { cmd: 'publish', messageId: 1, retain: false, dup: false, ...message },
          { protocolVersion },
        );
        return publishPacketBytes(message, protocolVersion) === written.length;
      },
    ),
    { numRuns: 1000 },
  );
});
