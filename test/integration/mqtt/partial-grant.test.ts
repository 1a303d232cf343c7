import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSource } from '../../support/broker/mqtt-parts.js';
import { accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

test('a source that is refused one of its filters is not subscribed by a message of another', async () => {
  await using broker = await startWireBroker((packet) => {
    if (packet.cmd === 'connect') return [{ cmd: 'connack', sessionPresent: false, reasonCode: 0 }];
    if (packet.cmd === 'subscribe') return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1, 0x87] }];
    return accept(packet);
  });
  await using source = startSource(broker.url, { source: { topics: ['granted', 'refused'] } });
  await until('the refusal', () => source.states.some(({ fault }) => fault !== undefined));
  broker.send({ cmd: 'publish', topic: 'granted', payload: 'x', qos: 1, messageId: 1, dup: false, retain: false });
  await source.delivery(0);
  assert.deepEqual(
    source.states.filter(({ isSubscribed }) => isSubscribed),
    [],
  );
});
