/**
 * What would go wrong: an acknowledgement too early, or on the wrong connection, loses a picture; one that never comes
 * stops the broker; a held stream makes both sides take each other for dead.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerMissing, startBroker, type TestBroker } from '../../support/broker/broker.js';
import { connectClient } from '../../support/broker/client.js';
import { startSource, type TestSourceOptions } from '../../support/broker/mqtt-parts.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };

/** Message ids of the PUBACKs that mosquitto has from the source, in order. */
function pubacks(broker: TestBroker): number[] {
  return [...broker.log().matchAll(/Received PUBACK from flawline \(Mid: (\d+)/g)].map((match) => Number(match[1]));
}

async function startAll(options: TestSourceOptions = {}) {
  const broker = await startBroker();
  const proxy = await startTcpProxy(broker.port);
  const source = startSource(proxy.url, options);
  await source.subscribed();
  const publisher = await connectClient(broker.url);
  return {
    broker,
    proxy,
    ...source,
    async publish(...texts: string[]) {
      for (const text of texts) await publisher.publish('pictures/1', text);
    },
    publisher,
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await publisher[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

test('Source delivers several messages before the first one is settled', mosquitto, async () => {
  await using all = await startAll();
  await all.publish('a', 'b', 'c', 'd', 'e');
  await all.delivery(4);
  assert.deepEqual(all.texts(), ['a', 'b', 'c', 'd', 'e']);
});

test('Source acknowledges in the order of arrival, whatever the order of settling', mosquitto, async () => {
  await using all = await startAll();
  await all.publish('a', 'b', 'c');
  await all.delivery(2);
  for (const index of [2, 0, 1]) all.deliveries[index]?.ack();
  await until('three PUBACKs', () => pubacks(all.broker).length === 3);
  assert.deepEqual(pubacks(all.broker), [1, 2, 3]);
});

test('a message that a process did not ack is delivered to the next one', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  const first = startSource(broker.url);
  await first.subscribed();
  await publisher.publish('pictures/1', 'a');
  await first.delivery(0);
  await first.source.end(1000);
  await using second = startSource(broker.url);
  await second.delivery(0);
  assert.deepEqual(second.texts(), ['a']);
});

test('what was published while no process ran is delivered to the next one', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  const first = startSource(broker.url);
  await first.subscribed();
  await first.source.end(1000);
  await publisher.publish('pictures/1', 'a');
  await using second = startSource(broker.url);
  await second.delivery(0);
  assert.deepEqual(second.texts(), ['a']);
});

test('a session survives a restart of a persistent broker', mosquitto, async () => {
  await using broker = await startBroker({ persistence: true });
  await using publisher = await connectClient(broker.url);
  await using source = startSource(broker.url);
  await source.subscribed();
  await publisher.publish('pictures/1', 'a');
  await source.delivery(0);
  await broker.stop();
  await broker.start();
  await until('the redelivery', () => source.observer.count('redelivered') === 1);
  assert.deepEqual(source.texts(), ['a']);
});

test('Source runs nothing twice when a connection breaks', mosquitto, async () => {
  await using all = await startAll();
  await all.publish('a', 'b', 'c');
  await all.delivery(2);
  all.proxy.reset();
  await until('three redeliveries', () => all.observer.count('redelivered') === 3);
  assert.deepEqual(all.texts(), ['a', 'b', 'c']);
});

test('Source acknowledges on the new connection what was settled while there was none', mosquitto, async () => {
  await using all = await startAll();
  await all.publish('a');
  const delivery = await all.delivery(0);
  all.broker.freeze();
  all.proxy.reset();
  await until('the loss', () => all.observer.count('connected source false') === 1);
  delivery.ack();
  all.broker.thaw();
  await until('the PUBACK', () => pubacks(all.broker).length === 1);
  assert.deepEqual(pubacks(all.broker), [1]);
});

test(
  'Source never acknowledges another message with the same id after the broker lost its session',
  mosquitto,
  async () => {
    await using broker = await startBroker();
    await using publisher = await connectClient(broker.url);
    const source = startSource(broker.url);
    await source.subscribed();
    await publisher.publish('pictures/1', 'old');
    const old = await source.delivery(0);
    await broker.stop('SIGKILL'); // without persistence: the session is gone, ids start at 1 again
    await broker.start();
    await source.subscribed(2);
    await until('the publisher is back', () => publisher.client.connected);
    await publisher.publish('pictures/1', 'new');
    await source.delivery(1);
    old.ack();
    await source.source.end(1000); // DISCONNECT comes behind any PUBACK
    await until('the DISCONNECT', () => /Received DISCONNECT from flawline/.test(broker.log()));
    assert.deepEqual(pubacks(broker), []);
  },
);

test('Source runs no more than limits.inFlight, also when the broker sends more', mosquitto, async () => {
  await using all = await startAll({ mqtt: { receiveMaximum: 100 }, limits: { inFlight: 4 } });
  await all.publish(...Array.from({ length: 20 }, (_, index) => `${index}`));
  await until('the pause', () => all.observer.count('paused true') === 1);
  assert.equal(all.deliveries.length, 4);
});

test('Source goes on after a pause until everything is through', mosquitto, async () => {
  await using all = await startAll({
    limits: { inFlight: 2 },
    onDelivery: (delivery) => void setImmediate(() => delivery.ack()),
  });
  await all.publish(...Array.from({ length: 50 }, (_, index) => `${index}`));
  await until('50 PUBACKs', () => pubacks(all.broker).length === 50);
  assert.equal(all.deliveries.length, 50);
});

test('Source keeps its connection over a pause that is longer than the keepalive', mosquitto, async () => {
  await using all = await startAll({ mqtt: { keepaliveSeconds: 1 }, limits: { inFlight: 1 } });
  await all.publish('a', 'b'.repeat(100_000), 'c'.repeat(100_000));
  await until('the pause', () => all.observer.count('paused true') === 1);
  // Pings every half second: six of them span more than 1.5 times the keepalive, when either side would give up.
  await until('six pings', () => (all.broker.log().match(/Received PINGREQ from flawline$/gm)?.length ?? 0) >= 6);
  assert.equal(all.observer.count('connected source false'), 0);
});

test('Source notices a silent broker while the stream is paused', mosquitto, async () => {
  await using all = await startAll({ mqtt: { keepaliveSeconds: 1 }, limits: { inFlight: 1 } });
  // More than the buffers of a stream hold by themselves: what the broker says stands behind it.
  await all.publish('a', 'b'.repeat(100_000), 'c'.repeat(100_000));
  await until('the pause', () => all.observer.count('paused true') === 1);
  await until('a ping', () => /Received PINGREQ from flawline$/m.test(all.broker.log()));
  all.proxy.blackHole(true);
  await until('the end of the connection', () => all.observer.count('connected source false') === 1);
  assert.match(all.log.lines.join(' '), /gives no sign of life while the stream of messages is paused/);
});

test('Source drops the oldest waiting QoS 0 messages above the cap', mosquitto, async () => {
  await using all = await startAll({ limits: { inFlight: 1 } });
  for (const text of ['a', 'b', 'c', 'd']) await all.publisher.publish('pictures/1', text, { qos: 0 });
  await until('two dropped', () => all.observer.count('dropped qos0_overflow') === 2);
  all.deliveries[0]?.ack();
  await all.delivery(1);
  assert.deepEqual(all.texts(), ['a', 'd']);
});

test('Source under `latest` drops and acknowledges the oldest waiting ones', mosquitto, async () => {
  await using all = await startAll({ source: { overload: 'latest' }, limits: { inFlight: 1 } });
  await all.publish('a', 'b', 'c', 'd');
  await until('two dropped', () => all.observer.count('dropped latest') === 2);
  all.deliveries[0]?.ack();
  await until('three PUBACKs', () => pubacks(all.broker).length === 3);
  assert.deepEqual(all.texts(), ['a', 'd']);
});

test('Source gives each message the id of the filter that it matches', mosquitto, async () => {
  await using all = await startAll({ source: { topics: ['cam/+/left', 'line/#'] } });
  await all.publisher.publish('line', 'x');
  await all.publisher.publish('cam/7/left', 'y');
  await all.delivery(1);
  assert.deepEqual(
    all.deliveries.map(({ filterId }) => filterId),
    ['1', '0'],
  );
});

test('two sources on a shared subscription get each message once', mosquitto, async () => {
  await using broker = await startBroker();
  await using publisher = await connectClient(broker.url);
  const shared = { source: { topics: ['$share/line/pictures/#'] } };
  await using one = startSource(broker.url, { ...shared, mqtt: { clientId: 'one' } });
  await using two = startSource(broker.url, { ...shared, mqtt: { clientId: 'two' } });
  await Promise.all([one.subscribed(), two.subscribed()]);
  for (let index = 0; index < 6; index += 1) await publisher.publish('pictures/1', `${index}`);
  await until('six messages', () => one.deliveries.length + two.deliveries.length === 6);
  assert.deepEqual([...one.texts(), ...two.texts()].sort(), ['0', '1', '2', '3', '4', '5']);
});

test('Source knows the stream of a shared subscription', mosquitto, async () => {
  await using all = await startAll({ source: { topics: ['$share/line/pictures/#'] } });
  await all.publish('a');
  assert.equal((await all.delivery(0)).filterId, '0');
});

test('Source on MQTT 3.1.1 acknowledges late, too', mosquitto, async () => {
  await using all = await startAll({ mqtt: { protocolVersion: 4 } });
  await all.publish('a', 'b');
  await all.delivery(1);
  all.deliveries[1]?.ack();
  all.proxy.reset();
  await until('two redeliveries', () => all.observer.count('redelivered') === 2);
  all.deliveries[0]?.ack();
  await until('two PUBACKs', () => pubacks(all.broker).length === 2);
  assert.deepEqual(all.texts(), ['a', 'b']);
});

test('Source hands on what MQTT 5 says of a message', mosquitto, async () => {
  await using all = await startAll();
  await all.publisher.publish('pictures/1', 'a', {
    qos: 1,
    properties: {
      responseTopic: 'answers/1',
      correlationData: Buffer.from('42'),
      messageExpiryInterval: 600,
      userProperties: { id: 'p-1' },
    },
  });
  assert.deepEqual((await all.delivery(0)).properties, {
    user: [['id', 'p-1']],
    responseTopic: 'answers/1',
    correlationData: new Uint8Array(Buffer.from('42')),
    expirySeconds: 600,
  });
});

test(
  'Source delivers small payloads in a buffer of their own, large ones in the shared memory of their packet',
  mosquitto,
  async () => {
    await using all = await startAll();
    await all.publish('small', 'x'.repeat(300_000));
    const large = await all.delivery(1);
    const small = await all.delivery(0);
    assert.deepEqual([small.payload.byteLength, small.payload.buffer.byteLength], [5, 5]);
    assert.ok(large.payload.buffer instanceof SharedArrayBuffer);
    assert.equal(Buffer.from(large.payload).toString(), 'x'.repeat(300_000));
  },
);

test('Source does not inspect a retained picture again at each connection', mosquitto, async () => {
  await using broker = await startBroker();
  await using proxy = await startTcpProxy(broker.port);
  await using publisher = await connectClient(broker.url);
  await publisher.publish('pictures/1', 'retained', { qos: 1, retain: true });
  await using source = startSource(proxy.url);
  (await source.delivery(0)).ack();
  await until('the PUBACK', () => pubacks(broker).length === 1);
  proxy.reset();
  await source.subscribed(2);
  await publisher.publish('pictures/1', 'live');
  await source.delivery(1);
  assert.deepEqual(source.texts(), ['retained', 'live']);
});
