import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBroker } from '../../support/broker/broker.js';
import { connectClient } from '../../support/broker/client.js';
import { dynamicSecurityMissing, onlySubscriptionsTo } from '../../support/broker/dynamic-security.js';
import { flawline, noEngineOrBroker } from '../../support/cli.js';
import { startServiceProcess } from '../../support/service/service-process.js';
import { until } from '../../support/until.js';

describe('flawline replay', { skip: noEngineOrBroker }, () => {
  it('publishes dead letters to their topics again, those before its first call as well, with the code that is asked for', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url };
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    await until('the broker keeps dead letters', () => service.output().includes('the broker keeps dead letters'));
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', 'no picture');
    await publisher.publish('openvino_demo', '{}');
    await until('both dead letters', async () => (await service.metrics()).includes('outcome="dead_lettered"} 2'));
    service.kill('SIGTERM');
    await service.ended;
    const one = await flawline(['replay', '--code', 'ERR_PAYLOAD_FIELD'], env);
    assert.match(one.out, /1 published again, 1 kept/);
    const other = await flawline(['replay'], env);
    assert.match(other.out, /ERR_PAYLOAD_JSON.*\n1 published again, 0 kept/);
  });

  it('publishes a message once a call, also while the service refuses it again', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url };
    await flawline(['replay'], env);
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', 'no picture');
    await until('the dead letter', async () => (await service.metrics()).includes('outcome="dead_lettered"} 1'));
    const first = await flawline(['replay'], env);
    assert.match(first.out, /\n1 published again, 0 kept/);
    await until('its return', async () => (await service.metrics()).includes('outcome="dead_lettered"} 2'));
    assert.match((await flawline(['replay', '--code', 'ERR_IMAGE_FORMAT'], env)).out, /^0 published again, 1 kept/);
  });

  it('finds a letter behind more of them than the broker sends without an acknowledgement', async () => {
    await using broker = await startBroker({ config: ['max_inflight_messages 2'] });
    const env = { FLAWLINE_MQTT_URL: broker.url };
    await flawline(['replay'], env);
    await using publisher = await connectClient(broker.url);
    const letter = (code: string) =>
      JSON.stringify({ id: code, topic: 'elsewhere', code, payload: Buffer.from(code).toString('base64') });
    for (const code of ['ERR_JOB_TIMEOUT', 'ERR_JOB_TIMEOUT', 'ERR_JOB_TIMEOUT', 'ERR_IMAGE_FORMAT']) {
      await publisher.publish('flawline/flawline/dead-letter', letter(code));
    }
    const one = await flawline(['replay', '--code', 'ERR_IMAGE_FORMAT'], env);
    assert.match(one.out, /^elsewhere {2}ERR_IMAGE_FORMAT.*\n1 published again, 3 kept/);
    const rest = await flawline(['replay'], env);
    assert.match(rest.out, /\n3 published again, 0 kept/);
  });

  it('is told by the service when dead letters are not kept', { skip: dynamicSecurityMissing }, async () => {
    const needed = ['openvino_demo', 'flawline/flawline/request/#', 'flawline/flawline/state'];
    await using broker = await startBroker(onlySubscriptionsTo(needed));
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await until('the warning', () =>
      /dead letters are not kept for flawline replay: .*Not authorized/.test(service.output()),
    );
    await service.ready();
  });

  it('finds no session where deadLetter.keep is false', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_DEAD_LETTER_KEEP: 'false' };
    await using service = await startServiceProcess({ brokerUrl: broker.url, env });
    await service.ready();
    const { err } = await flawline(['replay'], { FLAWLINE_MQTT_URL: broker.url, ...env });
    assert.equal(err, 'From this call on the broker keeps dead letters for the next one.\n');
  });
});
