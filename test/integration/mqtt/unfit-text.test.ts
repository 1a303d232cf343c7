/** Text that one broker hands on and another, here mosquitto, hangs up on: it must not be published again for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect } from '../../support/broker/client.js';
import { startSink } from '../../support/broker/mqtt-parts.js';

for (const [what, text] of [
  ['a line break', 'a\nb'],
  ['a control character of Latin-1', 'a\u0085b'],
  ['a non-character', 'a\uffffb'],
] as const) {
  test(`Sink leaves out a user property with ${what}`, { skip: brokerMissing }, async () => {
    await using broker = await startBroker();
    await using collector = await collect(broker.url, 'results');
    await using sink = startSink(broker.url);
    const user = [
      ['id', '1'],
      ['note', text],
      [text, 'value'],
    ] as const;
    await sink.sink.publish('results', Buffer.from('x'), { qos: 1, properties: { user } });
    await collector.count(1);
    assert.deepEqual({ ...collector.messages[0]?.properties?.userProperties }, { id: '1' });
    assert.equal(sink.observer.count('connected sink false'), 0);
  });
}
