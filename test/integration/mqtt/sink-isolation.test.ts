import { test } from 'node:test';
import { startSink } from '../../support/broker/mqtt-parts.js';
import { accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { until } from '../../support/until.js';

test('Sink publishes side by side again after a disconnect, although one of those under way had been given up', async () => {
  const answered = new Set(['b', 'c']);
  let isAnswering = false;
  await using broker = await startWireBroker((packet) => {
    if (packet.cmd !== 'publish') return accept(packet);
    if (!isAnswering || !answered.has(packet.payload.toString())) return [];
    return [{ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 0 }];
  });
  await using sink = startSink(broker.url);
  const abort = new AbortController();
  const publish = (text: string, signal?: AbortSignal) =>
    sink.sink.publish('results', Buffer.from(text), { qos: 1, ...(signal && { signal }) }).catch(() => 'given up');
  const arrived = (text: string) =>
    broker.received.some((packet) => packet.cmd === 'publish' && packet.payload.toString() === text);
  const given = publish('a', abort.signal);
  const others = Promise.all([publish('b'), publish('c')]);
  await until('three publishes', () => broker.ids('publish').length === 3);
  abort.abort();
  await given;
  isAnswering = true;
  broker.send({ cmd: 'disconnect', reasonCode: 0x95 });
  await others;
  void publish('d');
  void publish('e');
  await until('d', () => arrived('d'));
  await until('e beside it', () => arrived('e'));
});
