/** What would go wrong: the broker forgets what waited in the session, or refuses it, and nobody is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { startSource } from '../../support/broker/mqtt-parts.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };

test('Source counts and tells a session that the broker has forgotten', mosquitto, async () => {
  await using broker = await startBroker();
  await using source = startSource(broker.url);
  await source.subscribed();
  await broker.stop();
  await broker.start();
  await source.subscribed(2);
  assert.equal(source.observer.count('session lost'), 1);
  assert.match(source.log.lines.join('\n'), /warn: the broker has forgotten the session/);
});

test('Source takes neither a new session nor one that goes on for a forgotten one', mosquitto, async () => {
  await using broker = await startBroker();
  await using proxy = await startTcpProxy(broker.port);
  await using source = startSource(proxy.url);
  await source.subscribed();
  proxy.reset();
  await source.subscribed(2);
  assert.equal(source.observer.count('session lost'), 0);
});

test('Source logs a refused subscription as an error that names the filter, once', async () => {
  let attempts = 0;
  await using broker = await startWireBroker((packet) => {
    if (packet.cmd !== 'subscribe') return accept(packet);
    attempts += 1;
    return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1, 0x87] }];
  });
  await using source = startSource(broker.url, { source: { topics: ['granted', 'refused'] } });
  await until('two attempts', () => attempts >= 2);
  const errors = source.log.lines.filter((line) => line.startsWith('error'));
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /source.topics: refused: .*[Nn]ot authorized/);
});
