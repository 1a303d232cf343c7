/**
 * What would go wrong: a service that can do its work no more says that it is well, loses the messages it holds, or never
 * recovers when the cause is gone.
 */
import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker, type TestBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startWireBroker } from '../../support/broker/wire-broker.js';
import { fakeEngine } from '../../support/engine/fake-engine.js';
import { TEST_MODEL } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService, type TestService } from '../../support/service/service.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const RECOVERY_MS = 30_000;
const picture = (id: string, file = 'images/syn_3x2.png') => pictureMessage(file, { id });
const reasons = ({ service }: TestService) => service.readiness().reasons.join('; ');

describe('service that cannot work', { skip: brokerMissing }, () => {
  it('a worker that cannot start again: red with the reason, messages kept, all well when the model is back', async () => {
    await using folder = await makeTemporaryFolder();
    for (const file of ['model.xml', 'model.bin']) await copyFile(join(TEST_MODEL, file), join(folder.path, file));
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine: fakeEngine({ share: 'no', fault: 'exit', onByte: 255, once: join(folder.path, 'died') }),
      env: { FLAWLINE_MODEL_PATH: join(folder.path, 'model.xml'), FLAWLINE_WORKERS_COUNT: '1' },
    });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    await rm(join(folder.path, 'model.xml'));
    await publisher.publish('openvino_demo', picture('killer', 'images/syn_white.png'));
    await publisher.publish('openvino_demo', picture('next'));
    await until('it is red', () => /workers: .*model\.xml/.test(reasons(service)));
    await until('both are received', () => service.service.ledger().received === 2);
    assert.equal(service.service.ledger().inFlight, 2);
    assert.doesNotMatch(broker.log(), /Received PUBACK from flawline /);
    await copyFile(join(TEST_MODEL, 'model.xml'), join(folder.path, 'model.xml'));
    await until('it is green', () => service.service.readiness().ready, RECOVERY_MS);
    await results.count(2);
  });

  it('a broker that refuses the connection: the reason stays while it is tried again', async () => {
    const notAuthorized = 0x87;
    await using wire = await startWireBroker(({ cmd }) =>
      cmd === 'connect' ? [{ cmd: 'connack', sessionPresent: false, reasonCode: notAuthorized }] : [],
    );
    await using service = await startTestService({ brokerUrl: wire.url, waitUntilReady: false });
    await until('source and sink have tried twice', () => wire.connections >= 4);
    assert.match(reasons(service), /source: .*Not authorized.*sink: .*Not authorized/);
  });

  it('a self-test that fails later turns it red, and the next one that passes green again', async () => {
    await using folder = await makeTemporaryFolder();
    await using broker = await startBroker();
    // Two inferences a self-test: the first self-test of a thread that fails is its second one. A fresh worker takes its place.
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine: fakeEngine({ fault: 'wrong', onCall: 3, once: join(folder.path, 'erred') }),
      env: { FLAWLINE_MODEL_SELF_TEST_INTERVAL_SECONDS: '1', FLAWLINE_WORKERS_COUNT: '1' },
    });
    await until('it is red', () => /self-test: Cannot trust the engine/.test(reasons(service)));
    assert.equal(await service.metric('flawline_self_test_success'), 0);
    await until('it is green', () => service.service.readiness().ready);
    assert.equal(await service.metric('flawline_self_test_success'), 1);
  });
});

const ACL_NOTHING = ['topic read #', 'topic write openvino_demo', 'topic write flawline/flawline/state'];
const ACL_DEAD_LETTERS = [...ACL_NOTHING, 'topic write flawline/flawline/dead-letter'];
const ACL_ALL = ['topic readwrite #'];

describe('results that the broker refuses', { skip: brokerMissing }, () => {
  it('go to the dead letters', async () => {
    await using broker = await brokerThatAllows(ACL_DEAD_LETTERS);
    await using service = await startTestService({ brokerUrl: broker.url });
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', picture('a'));
    await letters.count(1);
    const { id, code } = JSON.parse(letters.texts()[0] ?? '');
    assert.deepEqual({ id, code }, { id: 'a', code: 'ERR_RESULT_REFUSED' });
    assert.equal(service.service.readiness().ready, true);
  });

  it('and dead letters too: the intake stops and says so, nothing is acknowledged, all arrives once it is allowed', async () => {
    await using folder = await makeTemporaryFolder();
    const acl = await folder.write('acl', `${ACL_NOTHING.join('\n')}\n`);
    await using broker = await startBroker({ config: [`acl_file ${acl}`] });
    await using service = await startTestService({ brokerUrl: broker.url, env: { FLAWLINE_RESULT_FIELDS: 'id' } });
    // A picture whose result was refused just before the change may still become a dead letter.
    await using out = await collect(broker.url, ['ekuiper/defect', 'flawline/flawline/dead-letter']);
    await using publisher = await connectClient(broker.url);
    const ids = Array.from({ length: 20 }, (_, n) => `${n}`);
    for (const id of ids) await publisher.publish('openvino_demo', picture(id));
    await until('it is red', () => /results: Cannot publish to/.test(reasons(service)));
    await until('the intake is paused', async () => (await service.metric('flawline_intake_paused')) === 1);
    assert.ok(service.service.ledger().received < ids.length);
    assert.doesNotMatch(broker.log(), /Received PUBACK from flawline /);
    await folder.write('acl', `${ACL_ALL.join('\n')}\n`);
    process.kill(broker.pid, 'SIGHUP');
    await until('all arrives', () => out.messages.length === ids.length, RECOVERY_MS);
    await until('it is green', () => service.service.readiness().ready);
    assert.deepEqual(
      out
        .texts()
        .map((text) => Number(JSON.parse(text).id))
        .sort((a, b) => a - b),
      ids.map(Number),
    );
  });
});

describe('service that stops while everything is refused', { skip: brokerMissing }, () => {
  it('does not wait for what would be refused again, and acknowledges nothing', async () => {
    await using broker = await brokerThatAllows(ACL_NOTHING);
    // Far above the deadline of `until`: only waiting in vain would take as long.
    await using service = await startTestService({
      brokerUrl: broker.url,
      env: { FLAWLINE_SHUTDOWN_TIMEOUT_MS: '90000' },
    });
    await using publisher = await connectClient(broker.url);
    for (const id of ['a', 'b', 'c']) await publisher.publish('openvino_demo', picture(id));
    await until('it is red', () => /results: Cannot publish to/.test(reasons(service)));
    let isStopped = false;
    void service.stop().then(() => (isStopped = true));
    await until('it has stopped', () => isStopped);
    assert.doesNotMatch(broker.log(), /Received PUBACK from flawline /);
  });
});

function brokerThatAllows(lines: readonly string[]): Promise<TestBroker> {
  return startBroker({ files: { acl: lines.join('\n') }, config: ['acl_file {dir}/acl'] });
}

describe('messages that need not be inspected', { skip: brokerMissing }, () => {
  it('source.overload latest: the newest are inspected, the others dropped, counted and acknowledged', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine: fakeEngine({ delayMs: 100 }),
      env: {
        FLAWLINE_RESULT_FIELDS: 'id',
        FLAWLINE_SOURCE_OVERLOAD: 'latest',
        FLAWLINE_WORKERS_COUNT: '1',
        FLAWLINE_LIMITS_IN_FLIGHT: '2',
        FLAWLINE_MQTT_RECEIVE_MAXIMUM: '1',
      },
    });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const ids = Array.from({ length: 40 }, (_, n) => `${n}`);
    await Promise.all(ids.map((id) => publisher.publish('openvino_demo', picture(id))));
    await until('all are settled', () => {
      const { received, inFlight } = service.service.ledger();
      return received === ids.length && inFlight === 0;
    });
    const { outcomes, dropped } = service.service.ledger();
    assert.equal(outcomes.published + dropped.latest, ids.length);
    assert.ok(dropped.latest > ids.length / 2, `${dropped.latest} were dropped`);
    await results.count(outcomes.published);
    assert.equal(JSON.parse(results.texts().at(-1) ?? '').id, ids.at(-1));
    await until('all are acknowledged', () => broker.log().split('Received PUBACK from flawline ').length > ids.length);
  });

  it('message expiry: one that expires while it waits for a worker is dropped, not inspected', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine: fakeEngine({ delayMs: 1200, onByte: 255 }),
      env: { FLAWLINE_WORKERS_COUNT: '1' },
    });
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', picture('slow'));
    await publisher.publish('openvino_demo', picture('late'), { qos: 1, properties: { messageExpiryInterval: 1 } });
    await until('both are settled', () => {
      const { received, inFlight } = service.service.ledger();
      return received === 2 && inFlight === 0;
    });
    const { outcomes, dropped } = service.service.ledger();
    assert.deepEqual({ published: outcomes.published, expired: dropped.expired }, { published: 1, expired: 1 });
  });
});
