/** mosquitto hands on a response topic that no message can be published to, and hangs up on whoever tries. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';

describe('a response topic with a wildcard', { skip: brokerMissing }, () => {
  it('gets no reply, and its result goes out like any other', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_RESULT_REPLY: 'true', FLAWLINE_RESULT_FIELDS: 'id' };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id: 'a' }), {
      qos: 1,
      properties: { responseTopic: 'flawline/a/response/#' },
    });
    await until('it is settled', () => service.service.ledger().outcomes.published === 1);
    assert.deepEqual(results.texts(), ['{"id":"a"}']);
    assert.equal(await service.metric('flawline_mqtt_reconnects_total{role="sink"}'), 0);
  });
});
