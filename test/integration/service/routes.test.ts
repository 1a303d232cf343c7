/** Where pictures come from and results go to: wildcards, shared subscriptions, rules, placeholders, other brokers, 3.1.1. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService } from '../../support/service/service.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

describe('routes of the service', { skip: brokerMissing }, () => {
  it('takes several topic filters with wildcards and puts levels of the input topic into the output topic', async () => {
    await using broker = await startBroker();
    const env = {
      FLAWLINE_SOURCE_TOPICS: 'plant/+/camera,hall/#',
      FLAWLINE_SINK_TOPIC: 'verdict/{topic[1]}/{rule}/{clientId}',
      FLAWLINE_RESULT_FIELDS: 'topic',
    };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    await using results = await collect(broker.url, 'verdict/#');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('plant/7/camera', pictureMessage());
    await publisher.publish('hall/9/x/y', pictureMessage());
    await results.count(2);
    assert.deepEqual(
      results.messages.map(({ topic, payload }) => [topic, JSON.parse(payload.toString()).topic]).sort(),
      [
        ['verdict/7/default/flawline', 'plant/7/camera'],
        ['verdict/9/default/flawline', 'hall/9/x/y'],
      ],
    );
    assert.deepEqual(service.service.ledger().receivedByStream, { 0: 1, 1: 1, other: 0 });
  });

  it('inspects once for several rules, and each rule that matches publishes', async () => {
    await using broker = await startBroker();
    await using folder = await makeTemporaryFolder();
    const file = join(folder.path, 'rules.yaml');
    await writeFile(
      file,
      `rules:
  - {id: all, where: "true", topic: out/all, fields: [id, rule]}
  - {id: line3, where: "has(msg.line) && msg.line == 3", topic: out/line3, fields: [id AS picture, rule]}
`.replaceAll(' AS ', ' as '),
    );
    await using service = await startTestService({ brokerUrl: broker.url, env: { FLAWLINE_CONFIG: file } });
    await using results = await collect(broker.url, 'out/#');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id: 'a' }));
    await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id: 'b', line: 3 }));
    await results.count(3);
    assert.deepEqual(
      results.messages.map(({ topic, payload }) => [topic, JSON.parse(payload.toString())]),
      [
        ['out/all', { id: 'a', rule: 'all' }],
        ['out/all', { id: 'b', rule: 'all' }],
        ['out/line3', { picture: 'b', rule: 'line3' }],
      ],
    );
    await until('both are settled', () => service.service.ledger().outcomes.published === 2);
  });

  it('shares a subscription with another member of its group', async () => {
    await using broker = await startBroker();
    const env = (clientId: string) => ({
      FLAWLINE_MQTT_CLIENT_ID: clientId,
      FLAWLINE_SOURCE_TOPICS: '$share/lines/openvino_demo',
      FLAWLINE_RESULT_FIELDS: 'id',
    });
    await using one = await startTestService({ brokerUrl: broker.url, env: env('one') });
    await using two = await startTestService({ brokerUrl: broker.url, env: env('two') });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const ids = Array.from({ length: 10 }, (_, n) => `${n}`);
    for (const id of ids) await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id }));
    await results.count(ids.length);
    assert.deepEqual(
      results
        .texts()
        .map((text) => JSON.parse(text).id)
        .sort(),
      ids,
    );
    const counts = [one, two].map(({ service }) => service.ledger().received);
    assert.ok(
      counts.every((count) => count > 0),
      `both got some: ${counts}`,
    );
  });

  it('publishes to another broker than it reads from', async () => {
    await using input = await startBroker();
    await using output = await startBroker();
    await using _service = await startTestService({ brokerUrl: input.url, env: { FLAWLINE_SINK_URL: output.url } });
    await using results = await collect(output.url, 'ekuiper/defect');
    await using publisher = await connectClient(input.url);
    await publisher.publish('openvino_demo', pictureMessage());
    await results.count(1);
  });

  it('works on MQTT 3.1.1', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_PROTOCOL_VERSION: '4', FLAWLINE_RESULT_FIELDS: 'id' };
    await using _service = await startTestService({ brokerUrl: broker.url, env });
    await using results = await collect(broker.url, 'ekuiper/defect', { protocolVersion: 4 });
    await using publisher = await connectClient(broker.url, { protocolVersion: 4 });
    await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id: 'old' }));
    await results.count(1);
    assert.deepEqual(results.texts(), ['{"id":"old"}']);
  });

  it('replies to a request only on an allowed response topic', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_RESULT_REPLY: 'true', FLAWLINE_RESULT_FIELDS: 'id' };
    await using _service = await startTestService({ brokerUrl: broker.url, env });
    await using replies = await collect(broker.url, ['flawline/+/response/#', 'elsewhere/#']);
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    for (const [n, responseTopic] of ['elsewhere/me', 'flawline/me/response/1'].entries()) {
      const properties = { responseTopic, correlationData: Buffer.from(`c${n}`) };
      await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id: `${n}` }), {
        qos: 1,
        properties,
      });
    }
    await Promise.all([results.count(2), replies.count(1)]);
    assert.deepEqual(
      replies.messages.map(({ topic, properties }) => [topic, String(properties?.correlationData)]),
      [['flawline/me/response/1', 'c1']],
    );
  });
});
