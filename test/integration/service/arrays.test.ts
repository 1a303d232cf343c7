/** JSON arrays of objects, and pictures that come as nothing but base64. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startTestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const PICTURE = readVectorFile('images/syn_color.jpg').toString('base64');
const good = (id: string) => JSON.stringify({ id, image: PICTURE });
const FIELDS = { env: { FLAWLINE_RESULT_FIELDS: 'id' } };

describe('an array of objects', { skip: brokerMissing }, () => {
  it('gives each object its result or dead letter, in order, counts each, and is acknowledged', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, ...FIELDS });
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const bad = '{"id": "c", "image": "%%%"}';
    await publisher.publish('openvino_demo', `[${good('a')},${good('b')},\n ${bad},${good('d')}]`, { qos: 1 });
    await publisher.publish('openvino_demo', good('e'), { qos: 1 });
    await Promise.all([letters.count(1), results.count(4)]);
    assert.deepEqual(
      results.texts().map((text) => JSON.parse(text).id),
      ['a', 'b', 'd', 'e'],
    );
    const letter = JSON.parse(letters.texts()[0] ?? '');
    assert.equal(letter.code, 'ERR_PAYLOAD_BASE64');
    assert.equal(Buffer.from(letter.payload, 'base64').toString(), bad);
    assert.equal(letter.payloadSha256, createHash('sha256').update(bad).digest('hex'));
    await until('everything is settled', () => service.service.ledger().inFlight === 0);
    const { received, outcomes } = service.service.ledger();
    assert.deepEqual([received, outcomes.published, outcomes.dead_lettered], [5, 4, 1]);
  });

  it('without objects is counted as filtered, and of something else is one dead letter', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, ...FIELDS });
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', '[]', { qos: 1 });
    await publisher.publish('openvino_demo', `[${good('a')}, 7]`, { qos: 1 });
    await letters.count(1);
    assert.match(letters.texts()[0] ?? '', /an array must hold objects alone: element 1 is a number/);
    await until('everything is settled', () => service.service.ledger().inFlight === 0);
    const { received, outcomes } = service.service.ledger();
    assert.deepEqual([received, outcomes.filtered, outcomes.dead_lettered, outcomes.published], [2, 1, 1, 0]);
  });

  it('comes again whole when the service ends before all of its objects are done', async () => {
    await using broker = await startBroker();
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const ids = Array.from({ length: 300 }, (_, i) => `p${i}`);
    const env = { ...FIELDS.env, FLAWLINE_SHUTDOWN_TIMEOUT_MS: '100', FLAWLINE_WORKERS_COUNT: '1' };
    const seen = () => results.texts().map((text) => JSON.parse(text).id);
    {
      await using _first = await startTestService({ brokerUrl: broker.url, env });
      await publisher.publish('openvino_demo', `[${ids.map(good).join()}]`, { qos: 1 });
      await results.count(1);
    }
    assert.ok(!seen().includes('p299'), 'the first service was done before it ended');
    await using second = await startTestService({ brokerUrl: broker.url, env });
    await until('the last object has its result', () => seen().includes('p299'));
    await until('everything is settled', () => second.service.ledger().inFlight === 0);
    assert.equal(second.service.ledger().outcomes.published, ids.length);
    assert.deepEqual(new Set(seen()), new Set(ids));
  });
});

describe('base64 without JSON', { skip: brokerMissing }, () => {
  it('is inspected, and so is a data URI', async () => {
    await using broker = await startBroker();
    await using _service = await startTestService({ brokerUrl: broker.url });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', `${PICTURE}\n`);
    await publisher.publish('openvino_demo', `data:image/jpeg;base64,${PICTURE}`);
    await results.count(2);
    assert.deepEqual(
      results.texts().map((text) => JSON.parse(text).origin),
      [PICTURE, PICTURE],
    );
  });
});
