/** What would go wrong: a picture whose topic matches two filters is inspected and published twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'mqtt-packet';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { connectClient } from '../../support/broker/client.js';
import { startSource } from '../../support/broker/mqtt-parts.js';
import { accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };
const OVERLAPPING = { source: { topics: ['line/+/camera', 'line/1/#'] } };

for (const protocolVersion of [4, 5] as const) {
  test(`Source on MQTT ${protocolVersion} delivers once what mosquitto sends by two filters`, mosquitto, async () => {
    await using broker = await startBroker();
    await using publisher = await connectClient(broker.url);
    await using source = startSource(broker.url, {
      ...OVERLAPPING,
      mqtt: { protocolVersion },
      onDelivery: (delivery) => delivery.ack(),
    });
    await source.subscribed();
    for (const text of ['a', 'b']) await publisher.publish('line/1/camera', text);
    await publisher.publish('line/1/end', 'end');
    await until('the end', () => source.texts().includes('end'));
    assert.deepEqual(source.texts(), ['a', 'b', 'end']);
  });

  test(`Source on MQTT ${protocolVersion} acknowledges and counts the copy that a broker sends by each filter`, async () => {
    const identifiers: number[] = [];
    await using broker = await startWireBroker((packet) => {
      if (packet.cmd !== 'subscribe') return accept(packet);
      identifiers.push(...[packet.properties?.subscriptionIdentifier ?? []].flat());
      return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: packet.subscriptions.map(() => 1) }];
    });
    await using source = startSource(broker.url, {
      ...OVERLAPPING,
      mqtt: { protocolVersion },
      onDelivery: (delivery) => delivery.ack(),
    });
    await until('subscribed', () => broker.ids('subscribe').length >= (protocolVersion === 5 ? 2 : 1));
    const copy = (messageId: number, subscriptionIdentifier?: number): Packet => ({
      cmd: 'publish',
      topic: 'line/1/camera',
      payload: 'x',
      qos: 1,
      messageId,
      dup: false,
      retain: false,
      ...(subscriptionIdentifier === undefined ? {} : { properties: { subscriptionIdentifier } }),
    });
    broker.send(copy(1, identifiers[0]), copy(2, identifiers[1]));
    await until('both are acknowledged', () => broker.ids('puback').length === 2);
    assert.deepEqual([source.texts(), source.observer.count('copied')], [['x'], 1]);
  });
}
