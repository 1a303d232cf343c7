import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freePort } from '../../../src/std/free-port.js';
import { startBroker } from '../../support/broker/broker.js';
import { flawline, noEngineOrBroker } from '../../support/cli.js';
import { startServiceProcess } from '../../support/service/service-process.js';

describe('flawline doctor', { skip: noEngineOrBroker }, () => {
  it('finds nothing to complain about and healthcheck is green beside a running service', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const doctor = await flawline(['doctor'], env);
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /← taken/);
    assert.equal((await flawline(['healthcheck'], env)).code, 0);
  });

  it('ends with 1 when the broker of the results does not answer', async () => {
    await using broker = await startBroker();
    const sink = `mqtt://127.0.0.1:${await freePort()}`;
    const { code, out } = await flawline(['doctor'], { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_SINK_URL: sink });
    assert.equal(code, 1);
    assert.match(out, new RegExp(`^FAULT      ERR_BROKER: .*${sink}`, 'm'));
  });
});
