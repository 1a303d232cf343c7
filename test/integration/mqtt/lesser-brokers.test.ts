/**
 * What would go wrong: a broker without retained messages, without QoS 1, or that closes the connection for what is not
 * allowed cannot be used at all; and one that closes it before CONNACK leaves no word in the log.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequestListener } from '../../../src/mqtt/requests.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startSink, startSource } from '../../support/broker/mqtt-parts.js';
import { type Answer, accept, HANG_UP, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };
const SOON = { random: () => 0 };

for (const protocolVersion of [4, 5] as const) {
  test(`Source on MQTT ${protocolVersion} works with a broker without retained messages`, mosquitto, async () => {
    await using broker = await startBroker({ config: ['retain_available false'] });
    await using publisher = await connectClient(broker.url);
    await using states = await collect(broker.url, 'flawline/flawline/state');
    await using source = startSource(broker.url, { mqtt: { protocolVersion } });
    await source.subscribed();
    await publisher.publish('pictures/1', 'a');
    await source.delivery(0);
    await until('it is told', () => states.texts().includes('{"state":"online","topics":["pictures/#"]}'));
    assert.equal(source.log.lines.filter((line) => /does not accept the last will/.test(line)).length, 1);
  });

  test(`Source on MQTT ${protocolVersion} works with a broker whose maximum QoS is 0`, mosquitto, async () => {
    await using broker = await startBroker({ config: ['max_qos 0'] });
    await using publisher = await connectClient(broker.url, { protocolVersion: 4 });
    await using source = startSource(broker.url, { mqtt: { protocolVersion } });
    await source.subscribed();
    await publisher.publish('pictures/1', 'a', { qos: 0 });
    await source.delivery(0);
  });
}

test('Sink publishes at QoS 0 to a broker that says it takes nothing else', mosquitto, async () => {
  await using broker = await startBroker({ config: ['max_qos 0'] });
  await using sink = startSink(broker.url);
  await sink.sink.publish('results', Buffer.from('a'), { qos: 1 });
  await sink.sink.publish('results', Buffer.from('b'), { qos: 1 });
  assert.equal(sink.observer.count('connected sink false'), 0);
  assert.match(sink.log.lines.join(), /takes QoS 0 only/);
});

/** Acknowledges what `isFatal` does not say to close the connection at. */
function hangUpOn(isFatal: (packet: Parameters<Answer>[0]) => boolean): Answer {
  return (packet) => {
    if (isFatal(packet)) return HANG_UP;
    if (packet.cmd === 'connect') return [{ cmd: 'connack', sessionPresent: false, reasonCode: 0 }];
    if (packet.cmd === 'subscribe') {
      return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: packet.subscriptions.map(() => 1) }];
    }
    if (packet.cmd === 'publish' && packet.qos > 0) {
      return [{ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 0 }];
    }
    return accept(packet);
  };
}

test('Sink turns requests off where the broker closes the connection at their subscription, and says so once', async () => {
  await using broker = await startWireBroker(hangUpOn(({ cmd }) => cmd === 'subscribe'));
  const lines: string[] = [];
  const log = { debug: () => undefined, info: () => undefined, error: () => undefined };
  const requests = createRequestListener(
    {
      log: { ...log, warn: (_fields, message) => void lines.push(message) },
      answer: async () => ({}),
      publish: async () => undefined,
    },
    { topic: 'request', isReplyAllowed: () => true },
  );
  await using sink = startSink(broker.url, {}, { ...SOON, companions: [requests] });
  for (let n = 0; n < 20; n += 1) await sink.sink.publish('results', Buffer.from(String(n)), { qos: 1 });
  await until('it is off', () => lines.length > 0);
  await sink.sink.publish('results', Buffer.from('last'), { qos: 1 });
  assert.deepEqual(
    [lines.filter((line) => /requests by MQTT: they are off/.test(line)).length, broker.connections],
    [1, 4],
  );
});

test('Source turns its state off where the broker closes the connection at it, and delivers', async () => {
  await using broker = await startWireBroker(hangUpOn((packet) => packet.cmd === 'publish'));
  await using source = startSource(broker.url);
  await until('it is off', () =>
    source.log.lines.some((line) => /closes the connection at the message with our state/.test(line)),
  );
  await until('it is connected', () => source.states.at(-1)?.isSubscribed);
  broker.send({ cmd: 'publish', topic: 'pictures/a', payload: 'x', qos: 1, messageId: 1, dup: false, retain: false });
  await source.delivery(0);
  assert.equal(broker.connections, 4);
});

test('a close before CONNACK is one warning with the URL and the likely setting, and a reason of readiness', async () => {
  await using broker = await startWireBroker(() => HANG_UP);
  await using source = startSource(broker.url);
  await until('five attempts', () => broker.connections >= 5);
  const warnings = source.log.lines.filter((line) => line.startsWith('warn'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', new RegExp(`${broker.url}: closed before CONNACK.*mqtt.protocolVersion: 4`));
  assert.match(source.states.find(({ fault }) => fault)?.fault?.message ?? '', /closed before CONNACK/);
});

test('a broker that does not speak the version is a warning that names the key', async () => {
  const connack = Buffer.from([0x20, 2, 0, 1]); // as a broker of MQTT 3.1.1 answers
  await using broker = await startWireBroker((packet) => {
    if (packet.cmd === 'connect') broker.sendBytes(connack);
    return [];
  });
  await using source = startSource(broker.url);
  const line = await until('the warning', () => source.log.lines.find((each) => /Unacceptable protocol/.test(each)));
  assert.match(line, /mqtt.protocolVersion: 4/);
});
