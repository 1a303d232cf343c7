/** The promise as a whole: source → work → sink, with both connections broken again and again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startSink, startSource } from '../../support/broker/mqtt-parts.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { until } from '../../support/until.js';

const MESSAGES = 400;
const RESETS = 5;

test('nothing is lost when both connections are reset under load', { skip: brokerMissing }, async () => {
  await using broker = await startBroker();
  await using sourceProxy = await startTcpProxy(broker.port);
  await using sinkProxy = await startTcpProxy(broker.port);
  await using publisher = await connectClient(broker.url);
  await using collector = await collect(broker.url, 'results');
  await using sink = startSink(sinkProxy.url);
  let done = 0;
  await using source = startSource(sourceProxy.url, {
    onDelivery(delivery) {
      void sink.sink.publish('results', delivery.payload, { qos: 1 }).then(() => {
        done += 1;
        delivery.ack();
      });
    },
  });
  await source.subscribed();
  const sent = Array.from({ length: MESSAGES }, (_, index) => `${index}`);
  const publishing = Promise.all(sent.map((text) => publisher.publish('pictures/1', text.padEnd(5000))));
  for (let reset = 1; reset <= RESETS; reset += 1) {
    await until(`part ${reset}`, () => done >= (reset * MESSAGES) / (RESETS + 2));
    sourceProxy.reset();
    sinkProxy.reset();
  }
  await publishing;
  const results = (): Set<string> => new Set(collector.texts().map((text) => text.trim()));
  await until('all results', () => results().size === MESSAGES, 30_000);
  assert.deepEqual([...results()].sort(), [...sent].sort());
});
