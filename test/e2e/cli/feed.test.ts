import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBroker } from '../../support/broker/broker.js';
import { collect } from '../../support/broker/client.js';
import { endsWithin, flawline, noEngineOrBroker, startFlawline } from '../../support/cli.js';
import { startServiceProcess } from '../../support/service/service-process.js';
import { until } from '../../support/until.js';
import { vectorPath } from '../../vectors/load-vectors.js';

describe('flawline feed', { skip: noEngineOrBroker }, () => {
  it('publishes what watch prints', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    await using watch = startFlawline(['watch'], { FLAWLINE_MQTT_URL: broker.url });
    await until('it watches', () => watch.err().includes('watching'));
    const fed = await flawline(['feed', vectorPath('images/syn_color.jpg'), '--count', '2'], {
      FLAWLINE_MQTT_URL: broker.url,
    });
    assert.equal(fed.out, '2 published to openvino_demo\n');
    await until('both results', () => watch.out().match(/ekuiper\/defect {2}defect 10/g)?.length === 2);
    watch.kill('SIGINT');
    assert.equal((await watch.ended).code, 0);
  });

  it('ends at the first signal, also when the broker has stopped answering', async () => {
    await using broker = await startBroker();
    await using _service = await collect(broker.url, 'openvino_demo');
    const args = ['feed', vectorPath('images/syn_color.jpg'), '--loop'];
    await using feed = startFlawline(args, { FLAWLINE_MQTT_URL: broker.url });
    await until('it publishes', () => broker.log().includes('Received PUBLISH'));
    broker.freeze();
    try {
      feed.kill('SIGTERM');
      const { code, out } = await endsWithin(feed, 20_000);
      assert.equal(code, 0);
      assert.match(out, /^\d+ published to openvino_demo\n$/);
    } finally {
      broker.thaw();
    }
  });

  it('ends with the reason when the broker refuses a picture', async () => {
    await using broker = await startBroker();
    const { code, err } = await flawline(['feed', '--topic', '$share/a/b'], { FLAWLINE_MQTT_URL: broker.url });
    assert.equal(code, 1);
    // mosquitto closes the connection behind its answer, which may be told before.
    assert.match(err, /^ERR_BROKER: Cannot publish \S+ as .* on \$share\/a\/b: .*Not authorized\n$/m);
  });
});
