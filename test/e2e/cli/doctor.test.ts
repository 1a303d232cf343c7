import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freePort } from '../../../src/std/loopback.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { connectClient } from '../../support/broker/client.js';
import { dynamicSecurityMissing, onlySubscriptionsTo } from '../../support/broker/dynamic-security.js';
import { type Answer, accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { flawline, noEngineOrBroker, type Variables } from '../../support/cli.js';
import { startServiceProcess } from '../../support/service/service-process.js';

/** What it says of the broker; without a runtime, whose checks take seconds. */
async function doctorOf(url: string, env: Variables = {}): Promise<string> {
  const port = String(await freePort());
  const variables = { FLAWLINE_OPENVINO_DIR: '/nowhere', FLAWLINE_MQTT_URL: url, FLAWLINE_HTTP_PORT: port };
  return (await flawline(['doctor'], { ...variables, ...env })).out;
}

describe('flawline doctor', { skip: noEngineOrBroker }, () => {
  it('finds nothing to complain about and healthcheck is green beside a running service', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const doctor = await flawline(['doctor'], env);
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /← taken/);
    assert.match(doctor.out, /^service {4}runs here and is ready$/m);
    assert.match(doctor.out, /^broker .* answers, MQTT 5; version: mosquitto version [\d.]+$/m);
    assert.doesNotMatch(doctor.out, /^(FAULT|warning)/m);
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

describe('flawline doctor on a broker that refuses', { skip: brokerMissing || dynamicSecurityMissing }, () => {
  it('says that pictures may not be read', async () => {
    await using broker = await startBroker(onlySubscriptionsTo(['flawline/#']));
    const out = await doctorOf(broker.url);
    assert.match(out, /^FAULT {6}this user may not read pictures: subscription to openvino_demo: Not authorized$/m);
  });

  it('says that delivery was not tried where its own topic may not be used', async () => {
    await using broker = await startBroker(onlySubscriptionsTo(['openvino_demo']));
    assert.match(
      await doctorOf(broker.url),
      /^note {7}delivery was not tried, .*flawline\/flawline\/probe: .*Not authorized$/m,
    );
  });
});

describe('flawline doctor on sessions', { skip: brokerMissing }, () => {
  it('warns of a service elsewhere that has the client id', async () => {
    await using broker = await startBroker();
    await using other = await connectClient(broker.url);
    await other.publish('flawline/flawline/state', '{"state":"online","topics":[]}', { qos: 1, retain: true });
    assert.match(await doctorOf(broker.url), /^warning {4}a service is connected as flawline, .*mqtt\.clientId/m);
  });

  it('warns where a client without a user takes the session of one with a user', async () => {
    await using broker = await startBroker(); // takes whatever user, and clients without one
    const env = { FLAWLINE_MQTT_USERNAME: 'service', FLAWLINE_MQTT_PASSWORD: 'x' };
    assert.match(
      await doctorOf(broker.url, env),
      /^warning {4}a client without a user can take the session of user service/m,
    );
  });
});

/** Grants every subscription, and delivers to those that are not shared. */
function withoutSharedDelivery(): Answer {
  const filters = new Set<string>();
  return (packet) => {
    switch (packet.cmd) {
      case 'subscribe':
        for (const { topic } of packet.subscriptions) filters.add(topic);
        return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] }];
      case 'unsubscribe':
        for (const topic of packet.unsubscriptions) filters.delete(topic);
        return [{ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: [0] }];
      case 'publish': {
        const { topic, payload, messageId = 0 } = packet;
        const copy = { cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false } as const;
        return [{ cmd: 'puback', messageId, reasonCode: 0 }, ...(filters.has(topic) ? [copy] : [])];
      }
      default:
        return accept(packet);
    }
  };
}

describe('flawline doctor on shared subscriptions', () => {
  const SHARED = { FLAWLINE_SOURCE_TOPICS: '$share/line/pictures' };

  it('that are granted and never deliver are a fault', async () => {
    await using broker = await startWireBroker(withoutSharedDelivery());
    assert.match(
      await doctorOf(broker.url, SHARED),
      /^FAULT {6}shared subscriptions do not deliver here \(granted, but nothing came/m,
    );
    const touched = broker.received.flatMap((packet) =>
      packet.cmd === 'subscribe' ? packet.subscriptions.map(({ topic }) => topic) : [],
    );
    assert.ok(!touched.some((topic) => topic.includes('pictures')), `subscribed to ${touched.join(', ')}`);
  });

  it('that deliver are none', { skip: brokerMissing }, async () => {
    await using broker = await startBroker();
    assert.doesNotMatch(await doctorOf(broker.url, SHARED), /shared/);
  });
});
