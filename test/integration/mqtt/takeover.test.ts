/** What would go wrong: two services with one client id throw each other out, and neither says why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { startSink, startSource } from '../../support/broker/mqtt-parts.js';
import { type Answer, accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };

const grantAll: Answer = (packet) =>
  packet.cmd === 'subscribe'
    ? [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: packet.subscriptions.map(() => 1) }]
    : accept(packet);

test('a source whose client id is taken says why it is not connected', async () => {
  await using broker = await startWireBroker();
  await using source = startSource(broker.url);
  await until('connected', () => source.states.at(-1)?.isConnected);
  broker.send({ cmd: 'disconnect', reasonCode: 0x8e });
  const fault = await until('the reason', () => source.states.find((state) => state.fault !== undefined)?.fault);
  assert.match(fault.message, /another client connected as flawline\. Give each service a mqtt\.clientId of its own/);
});

// Debian's mosquitto does not say so, and MQTT 3.1.1 cannot.
for (const protocolVersion of [4, 5] as const) {
  test(`two sources with one client id on MQTT ${protocolVersion} name each other`, mosquitto, async () => {
    await using broker = await startBroker();
    await using first = startSource(broker.url, { mqtt: { protocolVersion } });
    await first.subscribed();
    await using second = startSource(broker.url, { mqtt: { protocolVersion } });
    for (const source of [first, second]) {
      const named = () => source.states.find(({ fault }) => fault?.code === 'ERR_SESSION_TAKEN')?.fault;
      const fault = await until('the reason', named);
      assert.match(fault.message, /is another client connected as flawline\?/);
      assert.equal(source.log.lines.filter((line) => /^error: .*another client/.test(line)).length, 1);
    }
  });
}

test('two sinks with one client id name each other', mosquitto, async () => {
  await using broker = await startBroker();
  await using first = startSink(broker.url);
  await first.connected();
  await using second = startSink(broker.url);
  for (const { log } of [first, second]) {
    await until('the reason', () => log.lines.some((line) => /another client connected as flawline-sink\?/.test(line)));
  }
});

test('a source whose broker sends what is no MQTT names no other client', async () => {
  await using broker = await startWireBroker(grantAll);
  await using source = startSource(broker.url, { state: { enabled: false } });
  for (let connection = 1; connection <= 3; connection += 1) {
    await source.subscribed(connection);
    broker.sendBytes(Buffer.from([0, 0]));
  }
  await source.subscribed(4);
  assert.deepEqual(
    source.log.lines.filter((line) => line.includes('another client')),
    [],
  );
});
