/**
 * What would go wrong: a session that is taken over and taken back for ever; topics of an old configuration that go on
 * being inspected; a state that says online of a process that is dead; a stop that hangs or loses what is under way.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../../../src/std/loopback.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startSource } from '../../support/broker/mqtt-parts.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };
const STATE = 'flawline/flawline/state';

// Debian's mosquitto does not tell the client that it throws out, so these two have a broker of their own.
test('a source whose client id is taken says so', async () => {
  await using broker = await startWireBroker();
  await using source = startSource(broker.url);
  await until('connected', () => source.states.at(-1)?.isConnected);
  broker.send({ cmd: 'disconnect', reasonCode: 0x8e });
  const error = await until('the take-over', () => source.taken[0]);
  assert.equal(error.code, 'ERR_SESSION_TAKEN');
});

test('a source whose client id is taken does not connect again', async () => {
  await using broker = await startWireBroker();
  await using source = startSource(broker.url);
  await until('connected', () => source.states.at(-1)?.isConnected);
  broker.send({ cmd: 'disconnect', reasonCode: 0x8e });
  await until('the take-over', () => source.taken[0]);
  broker.drop();
  // Another client loses its connection and has it again four times: the first one would be back long since.
  await using other = startSource(broker.url, { mqtt: { clientId: 'other' } });
  for (let loss = 1; loss <= 4; loss += 1) {
    await until('other connected', () => other.observer.count('connected source true') === loss);
    broker.drop();
  }
  await until('other connected', () => other.observer.count('connected source true') === 5);
  const connects = broker.received.filter((packet) => packet.cmd === 'connect' && packet.clientId === 'flawline');
  assert.equal(connects.length, 1);
});

test('a source whose session goes on is subscribed from the first message on, before the broker answers SUBSCRIBE', async () => {
  await using broker = await startWireBroker();
  await using source = startSource(broker.url);
  await until('it asks', () => broker.ids('subscribe').length > 0);
  assert.equal(source.states.at(-1)?.isSubscribed, false);
  broker.send({ cmd: 'publish', topic: 'pictures/a', payload: 'x', qos: 1, messageId: 1, dup: false, retain: false });
  await source.delivery(0);
  assert.equal(source.states.at(-1)?.isSubscribed, true);
});

test('a source subscribes at every connection, also when its session is present', async () => {
  await using broker = await startWireBroker();
  await using source = startSource(broker.url);
  for (let connection = 1; connection <= 2; connection += 1) {
    await until('a SUBSCRIBE', () => broker.ids('subscribe').length === connection);
    broker.drop();
  }
  await until('the third SUBSCRIBE', () => broker.ids('subscribe').length === 3);
  assert.equal(source.observer.count('connected source true'), 3);
});

test('the retained state is online once subscribed', mosquitto, async () => {
  await using broker = await startBroker();
  await using source = startSource(broker.url);
  await source.subscribed();
  await using states = await collect(broker.url, STATE);
  await states.count(1);
  assert.deepEqual(states.texts(), ['{"state":"online","topics":["pictures/#"]}']);
});

test('the retained state is offline after an orderly end', mosquitto, async () => {
  await using broker = await startBroker();
  const source = startSource(broker.url);
  await source.subscribed();
  await source.source.end(1000);
  await using states = await collect(broker.url, STATE);
  await states.count(1);
  assert.deepEqual(states.texts(), ['{"state":"offline","topics":["pictures/#"]}']);
});

test('the state goes offline when a connection breaks and online with the next one', mosquitto, async () => {
  await using broker = await startBroker();
  await using proxy = await startTcpProxy(broker.port);
  await using source = startSource(proxy.url);
  await source.subscribed();
  await using states = await collect(broker.url, STATE);
  await states.count(1);
  proxy.reset();
  await states.count(3);
  assert.deepEqual(
    states.texts().map((text) => /online|offline/.exec(text)?.[0]),
    ['online', 'offline', 'online'],
  );
});

test('a source unsubscribes the topics of a former configuration and no others', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  const former = startSource(broker.url, { source: { topics: ['old/#', 'kept/#'] } });
  await former.subscribed();
  await former.source.end(1000);
  await using source = startSource(broker.url, { source: { topics: ['kept/#', 'new/#'] } });
  await source.subscribed();
  for (const topic of ['old/1', 'kept/1', 'new/1']) await publisher.publish(topic, topic);
  await source.delivery(1);
  assert.deepEqual(source.texts(), ['kept/1', 'new/1']);
});

test('a message of a former topic that was queued is delivered with filter id `other`', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  const former = startSource(broker.url, { source: { topics: ['old/#'] } });
  await former.subscribed();
  await former.source.end(1000);
  await publisher.publish('old/1', 'queued');
  await using source = startSource(broker.url, { source: { topics: ['new/#'] } });
  assert.equal((await source.delivery(0)).filterId, 'other');
});

test('drain() takes nothing new and resolves when all is settled', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  await using source = startSource(broker.url);
  await source.subscribed();
  await publisher.publish('pictures/1', 'a');
  const delivery = await source.delivery(0);
  const drained = source.source.drain(new AbortController().signal);
  await publisher.publish('pictures/1', 'b');
  await until('the hold', () => source.observer.count('paused true') === 1);
  delivery.ack();
  await drained;
  assert.deepEqual(source.texts(), ['a']);
});

test('drain() gives up when its signal aborts', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  await using source = startSource(broker.url);
  await source.subscribed();
  await publisher.publish('pictures/1', 'a');
  await source.delivery(0);
  const abort = new AbortController();
  const drained = source.source.drain(abort.signal);
  abort.abort();
  await drained;
  assert.equal(source.source.unsettled, 1);
});

test('what arrives while a source drains is delivered to the next process, once', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  const first = startSource(broker.url);
  await first.subscribed();
  await publisher.publish('pictures/1', 'a');
  const delivery = await first.delivery(0);
  const drained = first.source.drain(new AbortController().signal);
  await publisher.publish('pictures/1', 'b');
  await until('the hold', () => first.observer.count('paused true') === 1);
  delivery.ack();
  await drained;
  await first.source.end(1000);
  await using second = startSource(broker.url);
  await second.delivery(0);
  await second.subscribed();
  assert.deepEqual(second.texts(), ['b']);
});

test('a retiring source leaves no session behind', mosquitto, async () => {
  await using broker = await startBroker();
  const source = startSource(broker.url, { mqtt: { onStop: 'retire' } });
  await source.subscribed();
  await source.source.drain(new AbortController().signal);
  await source.source.end(1000);
  await using next = startSource(broker.url);
  await next.subscribed();
  // CONNACK (session present, reason code), of both connections
  assert.deepEqual(broker.log().match(/Sending CONNACK to flawline \(.*\)/g), [
    'Sending CONNACK to flawline (0, 0)',
    'Sending CONNACK to flawline (0, 0)',
  ]);
});

test('a retiring source finishes what the broker has sent', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  await using source = startSource(broker.url, {
    mqtt: { onStop: 'retire' },
    limits: { inFlight: 1 },
    onDelivery: (delivery) => void setImmediate(() => delivery.ack()),
  });
  await source.subscribed();
  for (let index = 0; index < 10; index += 1) await publisher.publish('pictures/1', `${index}`);
  await source.source.drain(new AbortController().signal);
  assert.equal(source.deliveries.length, 10);
});

test('end() needs no time-out while the stream is held', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  const source = startSource(broker.url, { limits: { inFlight: 1 } });
  await source.subscribed();
  // More than the buffers of a stream hold: the end of the connection stands behind it.
  for (let index = 0; index < 10; index += 1) await publisher.publish('pictures/1', 'x'.repeat(100_000));
  await until('the hold', () => source.observer.count('paused true') === 1);
  let hasEnded = false;
  void source.source.end(60_000).then(() => {
    hasEnded = true;
  });
  await until('the end', () => hasEnded);
});

test('end() ends when the broker is silent', mosquitto, async () => {
  await using broker = await startBroker();
  const source = startSource(broker.url);
  await source.subscribed();
  broker.freeze();
  await source.source.end(50);
  broker.thaw();
  await until('the end', () => source.states.at(-1)?.isConnected === false);
});

// mosquitto's acl_file refuses no subscription, it only delivers nothing.
test('a source that is refused a filter says so, tries again, and is subscribed when it is granted', async () => {
  let attempts = 0;
  await using broker = await startWireBroker((packet) => {
    if (packet.cmd !== 'subscribe') return accept(packet);
    attempts += 1;
    return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [attempts === 1 ? 0x87 : 1] }];
  });
  // The CONNACK of this broker tells of a session, so the state is asked for: granted as well, and not there.
  await using source = startSource(broker.url);
  const refused = await until('the refusal', () => source.states.find(({ fault }) => fault !== undefined));
  await until('the second attempt', () => attempts >= 2);
  assert.deepEqual([refused.isConnected, refused.isSubscribed, refused.fault?.code], [true, false, 'ERR_BROKER']);
});

test('a source connects over WebSocket', mosquitto, async () => {
  const port = await freePort();
  await using broker = await startBroker({
    config: ['listener {port} 127.0.0.1', `listener ${port} 127.0.0.1`, 'protocol websockets'],
  });
  await using publisher = await connectClient(broker.url);
  await using source = startSource(`ws://127.0.0.1:${port}`);
  await source.subscribed();
  await publisher.publish('pictures/1', 'a');
  await source.delivery(0);
  assert.deepEqual(source.texts(), ['a']);
});

test('a source goes to the next URL when one does not answer', mosquitto, async () => {
  await using broker = await startBroker();
  const closed = `mqtt://127.0.0.1:${await freePort()}`;
  await using source = startSource(closed, { mqtt: { url: [closed, broker.url] } });
  await source.subscribed();
  assert.equal(source.observer.count('connected source true'), 1);
});

test('a source goes back to a broker that was down', mosquitto, async () => {
  await using broker = await startBroker();
  await using source = startSource(broker.url);
  await source.subscribed();
  await broker.stop();
  await until('the loss', () => source.states.at(-1)?.isConnected === false);
  await broker.start();
  await source.subscribed(2);
  assert.equal(source.observer.count('reconnected source'), 1);
});
