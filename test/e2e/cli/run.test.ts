import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBroker } from '../../support/broker/broker.js';
import { startWireBroker } from '../../support/broker/wire-broker.js';
import { flawline, noEngine, noEngineOrBroker } from '../../support/cli.js';
import { startServiceProcess } from '../../support/service/service-process.js';
import { until } from '../../support/until.js';

describe('flawline run', () => {
  it('ends with 2 and every fault for a wrong configuration', async () => {
    const { code, err } = await flawline(['run'], { FLAWLINE_HTTP_PORT: 'x', FLAWLINE_SOURCE_QOS: '2' });
    assert.equal(code, 2);
    assert.match(err, /http\.port/);
    assert.match(err, /source\.qos/);
  });

  it('ends with 4 and the command to run when there is no runtime', async () => {
    const { code, err } = await flawline(['run'], { FLAWLINE_OPENVINO_DIR: '/nowhere' });
    assert.equal(code, 4);
    assert.match(err, /ERR_RUNTIME_MISSING.*npm run setup/s);
  });
});

describe('flawline run beside others', { skip: noEngineOrBroker }, () => {
  it('drains and ends with 0 at SIGHUP, which a terminal that is closed sends', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    service.kill('SIGHUP');
    assert.equal(await service.ended, 0);
    assert.match(service.output(), /"msg":"stopped"/);
  });

  it('ends with 2 and says which flawline has its port', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const same = await flawline(['run'], env);
    assert.equal(same.code, 2);
    assert.match(
      same.err,
      /^ERR_CONFIG: .*EADDRINUSE\): flawline runs there already, as flawline\. .*FLAWLINE_HTTP_PORT/m,
    );
    const other = await flawline(['run'], { ...env, FLAWLINE_MQTT_CLIENT_ID: 'other' });
    assert.match(other.err, /has the client id flawline, not other\. Stop it/);
  });
});

describe('flawline run and a broker that says so', { skip: noEngine }, () => {
  it('ends with 3 when another client takes the session', async () => {
    // Debian's mosquitto does not tell the client that it throws out.
    await using broker = await startWireBroker();
    const env = { FLAWLINE_DEAD_LETTER_KEEP: 'false' }; // whose connection would be the newest
    await using service = await startServiceProcess({ brokerUrl: broker.url, env });
    await until('both connections', () => broker.ids('connect').length >= 2);
    broker.send({ cmd: 'disconnect', reasonCode: 0x8e });
    assert.equal(await service.ended, 3);
    assert.match(service.output(), /ERR_SESSION_TAKEN/);
  });
});
