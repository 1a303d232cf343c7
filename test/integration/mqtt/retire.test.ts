/**
 * What would go wrong: a source that is to leave for good takes its session with it while pictures that the broker has
 * acknowledged to their publishers are still in it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startSource } from '../../support/broker/mqtt-parts.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };
const RETIRE = { mqtt: { onStop: 'retire' } } as const;

test(
  'a retiring source leaves its session behind when a picture is not settled by the deadline',
  mosquitto,
  async () => {
    await using broker = await startBroker();
    await using publisher = await connectClient(broker.url);
    const source = startSource(broker.url, RETIRE);
    await source.subscribed();
    await publisher.publish('pictures/1', 'a');
    await source.delivery(0);
    await source.source.drain(AbortSignal.timeout(100));
    await source.source.end(1000);
    await using next = startSource(broker.url);
    await next.delivery(0);
    assert.deepEqual(next.texts(), ['a']);
  },
);

test(
  'a retiring source leaves its session behind when the connection breaks before it is unsubscribed',
  mosquitto,
  async () => {
    await using broker = await startBroker();
    await using proxy = await startTcpProxy(broker.port);
    await using publisher = await connectClient(broker.url);
    const source = startSource(proxy.url, RETIRE);
    await source.subscribed();
    proxy.blackHole(true);
    const drained = source.source.drain(AbortSignal.timeout(20_000));
    await publisher.publish('pictures/1', 'a');
    proxy.blackHole(false); // resets what is open
    await drained;
    await until('connected again', () => source.states.at(-1)?.isConnected);
    await source.source.end(1000);
    await using next = startSource(broker.url);
    await next.delivery(0);
    assert.deepEqual(next.texts(), ['a']);
  },
);

test('a retiring source that has settled everything leaves no retained state behind', mosquitto, async () => {
  await using broker = await startBroker();
  const source = startSource(broker.url, RETIRE);
  await source.subscribed();
  await using watcher = await collect(broker.url, 'flawline/+/state');
  await watcher.count(1);
  await source.source.drain(AbortSignal.timeout(10_000));
  await source.source.end(1000);
  await watcher.count(3);
  assert.deepEqual(watcher.texts().slice(1), ['{"state":"offline","topics":[]}', '']);
  await using later = await collect(broker.url, ['flawline/+/state', 'marker']);
  await later.publish('marker', '');
  await later.count(1);
  assert.deepEqual(
    later.messages.map(({ topic }) => topic),
    ['marker'],
  );
});
