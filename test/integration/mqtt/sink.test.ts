/**
 * What would go wrong: a publish that is reported as done and is not; one that can never be accepted and stops all
 * behind it; an end that waits for ever for an answer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'mqtt-packet';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startSink, startSource } from '../../support/broker/mqtt-parts.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { type Answer, accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };
const bytes = (length: number): Uint8Array => Buffer.alloc(length, 'x');

/** Accepts publishes with these reason codes, in turn; the last one for all that follow. */
function answerPublishes(...reasonCodes: number[]): Answer {
  return (packet) => {
    if (packet.cmd !== 'publish' || packet.qos === 0) return accept(packet);
    const reasonCode = (reasonCodes.length > 1 ? reasonCodes.shift() : reasonCodes[0]) ?? 0;
    return [{ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode }];
  };
}

function payloads(packets: readonly Packet[]): string[] {
  return packets.flatMap((packet) => (packet.cmd === 'publish' ? [packet.payload.toString()] : []));
}

test('Sink.publish() resolves when the broker has it', mosquitto, async () => {
  await using broker = await startBroker();
  await using sink = startSink(broker.url);
  await sink.sink.publish('results', bytes(3), { qos: 1 });
  await until('the broker logs its PUBACK', () => /Sending PUBACK to flawline-sink/.test(broker.log())); // its pipe may lag
});

test('Sink.publish() hands on what MQTT 5 says of a message', mosquitto, async () => {
  await using broker = await startBroker();
  await using collector = await collect(broker.url, 'results');
  await using sink = startSink(broker.url);
  await sink.sink.publish('results', bytes(1), {
    qos: 1,
    properties: {
      contentType: 'application/json',
      isText: true,
      expirySeconds: 60,
      correlationData: Buffer.from('42'),
      user: [
        ['id', '1'],
        ['trace', 'a'],
        ['trace', 'b'],
      ],
    },
  });
  await collector.count(1);
  const properties = collector.messages[0]?.properties;
  assert.deepEqual(
    { ...properties, userProperties: { ...properties?.userProperties } },
    {
      contentType: 'application/json',
      payloadFormatIndicator: true,
      messageExpiryInterval: 60,
      correlationData: Buffer.from('42'),
      userProperties: { id: '1', trace: ['a', 'b'] },
    },
  );
});

test('Sink publishes in the order of the calls', mosquitto, async () => {
  await using broker = await startBroker();
  await using collector = await collect(broker.url, 'results');
  await using sink = startSink(broker.url);
  const texts = Array.from({ length: 100 }, (_, index) => `${index}`);
  await Promise.all(texts.map((text) => sink.sink.publish('results', Buffer.from(text), { qos: 1 })));
  await collector.count(100);
  assert.deepEqual(collector.texts(), texts);
});

test('Sink on MQTT 3.1.1 publishes without properties', mosquitto, async () => {
  await using broker = await startBroker();
  await using collector = await collect(broker.url, 'results');
  await using sink = startSink(broker.url, { protocolVersion: 4 });
  await sink.sink.publish('results', bytes(1), { qos: 1, properties: { contentType: 'text/plain' } });
  await collector.count(1);
  assert.equal(collector.messages[0]?.properties?.contentType, undefined);
});

test('Sink may publish to another broker than the source listens to', mosquitto, async () => {
  await using inner = await startBroker();
  await using outer = await startBroker();
  await using publisher = await connectClient(inner.url);
  await using collector = await collect(outer.url, 'results');
  await using sink = startSink(outer.url);
  await using source = startSource(inner.url, {
    onDelivery: (delivery) =>
      void sink.sink.publish('results', delivery.payload, { qos: 1 }).then(() => delivery.ack()),
  });
  await source.subscribed();
  await publisher.publish('pictures/1', 'a');
  await collector.count(1);
  assert.deepEqual(collector.texts(), ['a']);
});

test('Sink publishes a packet of exactly the maximum that the broker names', mosquitto, async () => {
  await using broker = await startBroker({ config: ['max_packet_size 20000'] });
  await using sink = startSink(broker.url);
  // 1 type + 3 remaining length + 2 + 7 topic + 2 id + 1 no properties = 16 beside the payload
  await sink.sink.publish('results', bytes(20_000 - 16), { qos: 1 });
  assert.equal(sink.observer.count('connected sink false'), 0);
});

test('Sink.publish() refuses one byte more as ERR_RESULT_TOO_LARGE', mosquitto, async () => {
  await using broker = await startBroker({ config: ['max_packet_size 20000'] });
  await using sink = startSink(broker.url);
  await assert.rejects(sink.sink.publish('results', bytes(20_000 - 15), { qos: 1 }), {
    code: 'ERR_RESULT_TOO_LARGE',
    details: { topic: 'results', sizeBytes: 20_001, maximumBytes: 20_000 },
  });
});

test('Sink goes on after an oversize publish without a reconnect', mosquitto, async () => {
  await using broker = await startBroker({ config: ['max_packet_size 20000'] });
  await using sink = startSink(broker.url);
  const refused = sink.sink.publish('results', bytes(30_000), { qos: 1 }).catch(() => 'refused');
  await sink.sink.publish('results', bytes(1), { qos: 1 });
  await refused;
  assert.equal(sink.observer.count('connected sink false'), 0);
});

test('Sink.publish() refuses what the access list forbids as ERR_RESULT_REFUSED', mosquitto, async () => {
  await using broker = await startBroker({
    config: ['acl_file {dir}/acl'],
    files: { acl: 'topic readwrite allowed/#\n' },
  });
  await using sink = startSink(broker.url);
  await assert.rejects(sink.sink.publish('forbidden', bytes(1), { qos: 1 }), {
    code: 'ERR_RESULT_REFUSED',
    details: { topic: 'forbidden', reasonCode: 0x87 },
  });
});

for (const reasonCode of [0x87, 0x90, 0x99]) {
  test(`Sink.publish() takes reason code 0x${reasonCode.toString(16)} for final`, async () => {
    await using broker = await startWireBroker(answerPublishes(reasonCode));
    await using sink = startSink(broker.url);
    await assert.rejects(sink.sink.publish('results', bytes(1), { qos: 1 }), { code: 'ERR_RESULT_REFUSED' });
  });
}

for (const reasonCode of [0x80, 0x83, 0x97]) {
  test(`Sink sends again what is refused with reason code 0x${reasonCode.toString(16)}`, async () => {
    await using broker = await startWireBroker(answerPublishes(reasonCode, 0));
    await using sink = startSink(broker.url);
    await sink.sink.publish('results', bytes(1), { qos: 1 });
    assert.equal(sink.observer.count('publish retried'), 1);
  });
}

test('Sink finds what is above a limit that mosquitto does not name, and refuses only that', mosquitto, async () => {
  await using broker = await startBroker({ config: ['message_size_limit 1000'] });
  await using sink = startSink(broker.url);
  await sink.connected();
  const publishes = [1, 2, 3000, 4].map((length) => sink.sink.publish('results', bytes(length), { qos: 1 }));
  const outcomes = await Promise.allSettled(publishes);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'accepted')),
    ['accepted', 'accepted', 'ERR_RESULT_TOO_LARGE', 'accepted'],
  );
});

test('Sink finds what makes a broker disconnect as Packet too large', async () => {
  await using broker = await startWireBroker((packet) => {
    const isLarge = packet.cmd === 'publish' && packet.payload.length > 1000;
    return isLarge ? [{ cmd: 'disconnect', reasonCode: 0x95 }] : answerPublishes(0)(packet);
  });
  await using sink = startSink(broker.url);
  const publishes = [1, 3000, 4].map((length) => sink.sink.publish('results', bytes(length), { qos: 1 }));
  const outcomes = await Promise.allSettled(publishes);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'accepted')),
    ['accepted', 'ERR_RESULT_TOO_LARGE', 'accepted'],
  );
});

test('Sink has no more under way than the Receive Maximum of the broker', async () => {
  const narrow: Answer = (packet) =>
    packet.cmd === 'connect'
      ? [{ cmd: 'connack', sessionPresent: false, reasonCode: 0, properties: { receiveMaximum: 2 } }]
      : accept(packet);
  await using broker = await startWireBroker(narrow);
  await using sink = startSink(broker.url);
  await sink.connected();
  for (const text of ['a', 'b', 'c', 'd'])
    sink.sink.publish('results', Buffer.from(text), { qos: 1 }).catch(() => text);
  await until('two publishes', () => payloads(broker.received).length === 2);
  broker.send({ cmd: 'puback', messageId: broker.ids('publish')[0] ?? 0, reasonCode: 0 });
  await until('the third publish', () => payloads(broker.received).length > 2);
  assert.deepEqual(payloads(broker.received), ['a', 'b', 'c']);
});

test('Sink sends again in the old order what was not acknowledged when the connection broke', async () => {
  let isAnswering = false;
  await using broker = await startWireBroker((packet) => (isAnswering ? answerPublishes(0) : accept)(packet));
  await using sink = startSink(broker.url);
  const all = Promise.all(['a', 'b', 'c'].map((text) => sink.sink.publish('results', Buffer.from(text), { qos: 1 })));
  await until('three publishes', () => payloads(broker.received).length === 3);
  isAnswering = true;
  broker.drop();
  await all;
  assert.deepEqual(payloads(broker.received), ['a', 'b', 'c', 'a', 'b', 'c']);
});

test('Sink keeps what is published while the broker is down', mosquitto, async () => {
  await using broker = await startBroker();
  await using sink = startSink(broker.url);
  await sink.connected();
  await broker.stop();
  await until('the loss', () => sink.observer.count('connected sink false') === 1);
  const published = sink.sink.publish('results', bytes(1), { qos: 1 });
  await broker.start();
  await published;
});

test('Sink.publish() gives up when its signal aborts', mosquitto, async () => {
  await using broker = await startBroker();
  await using proxy = await startTcpProxy(broker.port);
  proxy.blackHole(true);
  await using sink = startSink(proxy.url);
  const abort = new AbortController();
  const published = sink.sink.publish('results', bytes(1), { qos: 1, signal: abort.signal });
  abort.abort(new Error('no time left'));
  await assert.rejects(published, { message: 'no time left' });
});

test('Sink does not send what was given up', async () => {
  await using broker = await startWireBroker(answerPublishes(0));
  await using sink = startSink(broker.url);
  const abort = new AbortController();
  const given = sink.sink
    .publish('results', Buffer.from('a'), { qos: 1, signal: abort.signal })
    .catch(() => 'given up');
  abort.abort();
  await given;
  await sink.sink.publish('results', Buffer.from('b'), { qos: 1 });
  assert.deepEqual(payloads(broker.received), ['b']);
});

test('Sink.end() rejects what is pending', async () => {
  await using broker = await startWireBroker();
  const sink = startSink(broker.url);
  await sink.connected();
  const published = sink.sink.publish('results', bytes(1), { qos: 1 });
  await Promise.all([assert.rejects(published, { code: 'ERR_BROKER' }), sink.sink.end(1000)]);
});

test('Sink.end() ends when the broker is silent', mosquitto, async () => {
  await using broker = await startBroker();
  const sink = startSink(broker.url);
  await sink.connected();
  broker.freeze();
  const published = sink.sink.publish('results', bytes(1), { qos: 1 }).catch(() => 'rejected');
  await sink.sink.end(50);
  broker.thaw();
  assert.equal(await published, 'rejected');
});
