/**
 * What would go wrong: a publish at which the broker closes the connection without a reason is sent for ever, and
 * nothing behind it goes out; or a healthy one is given up because the network failed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'mqtt-packet';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { startSink, type TestSink } from '../../support/broker/mqtt-parts.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { type Answer, accept, HANG_UP, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };
/** The shortest waits before each new connection. */
const SOON = { random: () => 0 };
const CANARY = { topic: 'canary', payload: Buffer.from('?'), qos: 1, user: [] } as const;

/** Acknowledges publishes, and hangs up on those that `isFatal` says. */
function hangUpOn(isFatal: (publish: Extract<Packet, { cmd: 'publish' }>) => boolean): Answer {
  return (packet) => {
    if (packet.cmd !== 'publish') return accept(packet);
    return isFatal(packet) ? HANG_UP : [{ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 0 }];
  };
}

/** What became of publishes of these texts, or so many bytes, on `results`: their code, or `taken`. */
async function outcomes({ sink }: TestSink, publishes: readonly (readonly [topic: string, payload: string])[]) {
  const all = publishes.map(([topic, payload]) => sink.publish(topic, Buffer.from(payload), { qos: 1 }));
  const settled = await Promise.allSettled(all);
  return settled.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'taken'));
}

function payloads(packets: readonly Packet[], topic = 'results'): string[] {
  return packets.flatMap((p) => (p.cmd === 'publish' && p.topic === topic ? [p.payload.toString().slice(0, 3)] : []));
}

const LARGE = 'L'.repeat(2000);

for (const protocolVersion of [4, 5] as const) {
  test(`Sink on MQTT ${protocolVersion} finds what is above a limit that the broker hangs up at, and sends the others in order`, async () => {
    await using broker = await startWireBroker(hangUpOn(({ payload }) => payload.length > 1000));
    await using sink = startSink(broker.url, { protocolVersion }, { ...SOON, canary: () => CANARY });
    const small = ['a', 'b', 'c'].map((text) => ['results', text] as const);
    assert.deepEqual(await outcomes(sink, [['results', LARGE], ...small]), [
      'ERR_RESULT_TOO_LARGE',
      'taken',
      'taken',
      'taken',
    ]);
    assert.deepEqual(payloads(broker.received).slice(-3), ['a', 'b', 'c']);
  });
}

test('Sink does not call size the reason where the broker has said that the topic is not allowed', async () => {
  const notAuthorized: Answer = (packet) => {
    if (packet.cmd !== 'publish' || packet.topic !== 'results') return hangUpOn(() => false)(packet);
    return packet.payload.length > 1000
      ? HANG_UP
      : [{ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 0x87 }];
  };
  await using broker = await startWireBroker(notAuthorized);
  await using sink = startSink(broker.url, {}, { ...SOON, canary: () => CANARY });
  assert.deepEqual(await outcomes(sink, [['results', 'a']]), ['ERR_RESULT_REFUSED']);
  assert.deepEqual(await outcomes(sink, [['results', LARGE]]), ['ERR_RESULT_REFUSED']);
});

test('Sink finds it by another publish where there is no canary', async () => {
  await using broker = await startWireBroker(hangUpOn(({ payload }) => payload.length > 1000));
  await using sink = startSink(broker.url, {}, SOON);
  const publishes = [LARGE, 'a', 'b', 'c', 'd'].map((text) => ['results', text] as const);
  assert.deepEqual(await outcomes(sink, publishes), ['ERR_RESULT_TOO_LARGE', 'taken', 'taken', 'taken', 'taken']);
});

test('Sink finds it by another publish where the broker hangs up on the canary as well', async () => {
  await using broker = await startWireBroker(
    hangUpOn(({ payload, topic }) => payload.length > 1000 || topic === 'canary'),
  );
  await using sink = startSink(broker.url, {}, { ...SOON, canary: () => CANARY });
  const publishes = [LARGE, 'a', 'b', 'c', 'd'].map((text) => ['results', text] as const);
  assert.deepEqual(await outcomes(sink, publishes), ['ERR_RESULT_TOO_LARGE', 'taken', 'taken', 'taken', 'taken']);
});

test('Sink remembers a limit that it met, heeds it before sending, and says so once', async () => {
  await using broker = await startWireBroker(hangUpOn(({ payload }) => payload.length > 1000));
  await using sink = startSink(broker.url, {}, { ...SOON, canary: () => CANARY });
  assert.deepEqual(await outcomes(sink, [['results', 'a']]), ['taken']);
  assert.deepEqual(await outcomes(sink, [['results', LARGE]]), ['ERR_RESULT_TOO_LARGE']);
  assert.deepEqual(await outcomes(sink, [['results', 'b']]), ['taken']);
  const { connections } = broker;
  assert.deepEqual(await outcomes(sink, [['dead-letter', `${LARGE}L`]]), ['ERR_RESULT_TOO_LARGE']);
  assert.equal(broker.connections, connections);
  const larger = sink.sink.publish('results', Buffer.from(`${LARGE}L`), { qos: 1 });
  await assert.rejects(
    larger,
    /smaller than what the broker was seen to refuse, 20\d\d bytes: current size is 20\d\d$/,
  );
  assert.equal(sink.log.lines.filter((line) => line.includes('without naming its limit')).length, 1);
});

test('Sink refuses a topic that the broker hangs up on as ERR_RESULT_REFUSED, and takes nothing for a limit', async () => {
  await using broker = await startWireBroker(hangUpOn(({ topic }) => topic === 'denied'));
  await using sink = startSink(broker.url, {}, { ...SOON, canary: () => CANARY });
  assert.deepEqual(await outcomes(sink, [['results', LARGE]]), ['taken']);
  assert.deepEqual(await outcomes(sink, [['denied', 'a']]), ['ERR_RESULT_REFUSED']);
  assert.deepEqual(await outcomes(sink, [['results', `${LARGE}L`]]), ['taken']);
});

test('Sink gives up nothing while the broker hangs up on every publish', async () => {
  let isOpen = false;
  await using broker = await startWireBroker(hangUpOn(() => !isOpen));
  await using sink = startSink(broker.url, {}, { ...SOON, canary: () => CANARY });
  const all = outcomes(sink, [
    ['results', LARGE],
    ['results', 'a'],
  ]);
  await until('ten connections', () => broker.connections >= 10);
  isOpen = true;
  assert.deepEqual(await all, ['taken', 'taken']);
});

test('Sink gives up nothing while the network lets no publish pass', mosquitto, async () => {
  await using broker = await startBroker();
  await using proxy = await startTcpProxy(broker.port);
  await using sink = startSink(proxy.url, {}, { ...SOON, canary: () => CANARY });
  await sink.connected();
  proxy.delay(200); // a PUBACK comes later than the connection ends
  const all = outcomes(sink, [
    ['results', LARGE],
    ['results', 'a'],
  ]);
  for (let loss = 1; loss <= 8; loss += 1) {
    await until('it is connected', () => sink.observer.count('connected sink true') === loss);
    proxy.reset();
    await until('it is lost', () => sink.observer.count('connected sink false') === loss);
  }
  proxy.delay(0);
  assert.deepEqual(await all, ['taken', 'taken']);
});

test('Sink gives up nothing while the network breaks under one publish after the other', mosquitto, async () => {
  await using broker = await startBroker();
  await using proxy = await startTcpProxy(broker.port);
  await using sink = startSink(proxy.url, {}, { ...SOON, canary: () => CANARY });
  await sink.connected();
  for (let loss = 1; loss <= 6; loss += 1) {
    const all = outcomes(sink, [
      ['results', LARGE],
      ['results', 'a'],
    ]);
    proxy.reset();
    assert.deepEqual(await all, ['taken', 'taken']);
  }
});
