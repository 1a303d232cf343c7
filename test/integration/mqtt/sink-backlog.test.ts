import { test } from 'node:test';
import { deferred } from '../../../src/std/promises.js';
import { startSink } from '../../support/broker/mqtt-parts.js';
import { accept, startWireBroker } from '../../support/broker/wire-broker.js';

/** Publishes at QoS 0 are answered within the call that sends them, so each would send the next from within its own. */
const BACKLOG = 4_000;

test('Sink sends a long backlog of QoS 0 when the broker comes', async () => {
  const connack = deferred();
  await using broker = await startWireBroker((packet) => {
    if (packet.cmd === 'connect') connack.resolve();
    return accept(packet);
  });
  await using sink = startSink(broker.url);
  const published = Array.from({ length: BACKLOG }, () => sink.sink.publish('results', Buffer.from('x'), { qos: 0 }));
  await connack.promise;
  await Promise.all(published);
});
