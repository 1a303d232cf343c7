/** What would go wrong: pictures of a topic that is not configured any more go on being inspected. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'mqtt-packet';
import { startSource } from '../../support/broker/mqtt-parts.js';
import { accept, startWireBroker, type WireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

const STATE = 'flawline/flawline/state';
const FORMER: Packet = {
  cmd: 'publish',
  topic: STATE,
  payload: '{"state":"offline","topics":["old/#","pictures/#"]}',
  qos: 0,
  dup: false,
  retain: true,
};

/** A broker with a session of a former process, that grants everything and answers UNSUBSCRIBE as it is told. */
async function startWithFormer(unsubscribed: (topic: string) => number, onAsked: (broker: () => WireBroker) => void) {
  const broker = await startWireBroker((packet) => {
    const { messageId = 0 } = packet;
    if (packet.cmd === 'subscribe') {
      if (packet.subscriptions.some(({ topic }) => topic === STATE)) onAsked(() => broker);
      return [{ cmd: 'suback', messageId, granted: packet.subscriptions.map(() => 1) }];
    }
    if (packet.cmd === 'unsubscribe') {
      return [{ cmd: 'unsuback', messageId, granted: packet.unsubscriptions.map(unsubscribed) }];
    }
    return accept(packet);
  });
  return broker;
}

function unsubscriptions({ received }: WireBroker): string[] {
  return received.flatMap((packet) => (packet.cmd === 'unsubscribe' ? packet.unsubscriptions : []));
}

test('Source waits for the retained state, which some brokers send later than their answers', async () => {
  await using broker = await startWithFormer(
    () => 0,
    (asked) => void setTimeout(() => asked().send(FORMER), 200),
  );
  await using _source = startSource(broker.url);
  await until('it unsubscribes', () => unsubscriptions(broker).includes('old/#'));
  assert.deepEqual(unsubscriptions(broker), [STATE, 'old/#']);
});

test('Source says which filters the broker does not unsubscribe, keeps them in its state, and tries again', async () => {
  await using broker = await startWithFormer(
    (topic) => (topic === 'old/#' ? 0x80 : 0),
    (asked) => void setImmediate(() => asked().send(FORMER)),
  );
  await using source = startSource(broker.url);
  await until('it is told', () => source.log.lines.some((line) => /former configuration stay/.test(line)));
  const states = () => broker.received.flatMap((packet) => (packet.cmd === 'publish' ? [String(packet.payload)] : []));
  await until('the state', () => states().length > 0);
  assert.deepEqual(states(), ['{"state":"online","topics":["pictures/#","old/#"]}']);
  broker.drop();
  await until('it tries again', () => unsubscriptions(broker).filter((topic) => topic === 'old/#').length === 2);
});
