import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { connectClient } from '../../support/broker/client.js';
import { endsWithin, flawline, startFlawline } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

describe('flawline watch', { skip: brokerMissing }, () => {
  it('ends at the first signal, also when the broker has stopped answering', async () => {
    await using broker = await startBroker();
    await using watch = startFlawline(['watch'], { FLAWLINE_MQTT_URL: broker.url });
    await until('it watches', () => broker.log().includes('Sending SUBACK'));
    broker.freeze();
    try {
      watch.kill('SIGTERM');
      assert.equal((await endsWithin(watch, 20_000)).code, 0);
    } finally {
      broker.thaw();
    }
  });

  it('shows a message on one line without control characters', async () => {
    await using broker = await startBroker();
    await using watch = startFlawline(['watch'], { FLAWLINE_MQTT_URL: broker.url });
    await until('it watches', () => broker.log().includes('Sending SUBACK'));
    await using client = await connectClient(broker.url);
    await client.publish('ekuiper/defect', JSON.stringify({ id: 'a\u001b[2J\nforged', defect: 1 }));
    await until('the line', () => watch.out() !== '');
    assert.match(watch.out(), /a\ufffd\[2J\ufffdforged\n$/);
  });

  it('--save ends with what is wrong when a picture cannot be written', async () => {
    await using broker = await startBroker();
    await using folder = await makeTemporaryFolder();
    const saved = join(folder.path, 'saved');
    const ran = flawline(['watch', '--save', saved], { FLAWLINE_MQTT_URL: broker.url });
    await until('it watches', () => broker.log().includes('Sending SUBACK'));
    await rm(saved, { recursive: true });
    await using client = await connectClient(broker.url);
    await client.publish('ekuiper/defect', JSON.stringify({ id: 'a', afterProcess: '/9j/' }));
    const { code, err } = await ran;
    assert.equal(code, 2);
    assert.match(err, /^--save takes a folder that can be written: ENOENT.*\nSee: flawline watch --help\n$/m);
  });
});
