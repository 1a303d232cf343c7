/** Candidates beside the model that runs. What would go wrong: one publishes, one keeps pictures waiting, one takes over that fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { loadText } from '../../support/service/config-folder.js';
import { startTestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';

const path = await modelWithoutSelfTest();
const FILE = `
streams: [{id: s, topics: cameras}]
models: [{id: m, path: ${path}}]
rules: [{id: a, where: "defect > 0", topic: out/a, fields: [id, defect]}]
`;
const ENV = { FLAWLINE_MODEL_PATH: '', FLAWLINE_HTTP_TOKEN: 'secret', FLAWLINE_HTTP_ALLOWED_HOSTS: '127.0.0.1' };

describe('a candidate', { skip: brokerMissing }, () => {
  it('inspects the same pictures, publishes nothing, and takes over when it is promoted', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ENV, file: FILE });
    await using results = await collect(broker.url, 'out/#');
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    const { control, reload } = service.service;
    const candidate = () => control.catalogue().models[0]?.candidate;
    let sent = 0;
    const send = async () => {
      sent += 1;
      await publisher.publish('cameras', pictureMessage('images/syn_white.png', { id: String(sent) }), { qos: 1 });
      await until('it is settled', () => {
        const { outcomes } = service.service.ledger();
        return outcomes.published + outcomes.filtered === sent;
      });
    };
    const compare = async () => {
      const before = candidate()?.compared ?? 0;
      await send();
      await until('the candidate has inspected it', () => (candidate()?.compared ?? 0) > before);
    };

    await assert.rejects(control.promote('m'), { message: /there must be one: flawline model candidate m DIR/ });
    for (const [given, message] of [
      [{ path: '/nowhere' }, /nowhere/],
      [{ treshold: 0.5 }, /treshold is not known \(did you mean threshold\?\)/],
      [{ share: 2 }, /at most 1: 2/],
      ['text', /must be a JSON object/],
    ] as const) {
      await assert.rejects(control.candidate('m', given), { message });
    }

    assert.match((await control.candidate('m', {})).changes[0] ?? '', /^model m has .*model\.xml as its candidate$/);
    await compare();
    const same = candidate();
    assert.deepEqual([same?.sameVerdict, same?.sameCount, same?.meanOverlap, same?.failed], [1, 1, 1, 0]);

    // Nothing is above this threshold: no defect, no verdict, no white pixel.
    await control.candidate('m', { threshold: 1 });
    assert.equal(candidate()?.compared, 0, 'another candidate begins anew');
    await compare();
    const other = candidate();
    assert.deepEqual([other?.sameVerdict, other?.sameCount, other?.meanOverlap], [0, 0, 0]);
    assert.equal(await service.metric('flawline_shadow_pictures_total{model="m"}'), 2);
    assert.equal(await service.metric('flawline_shadow_agreements_total{model="m",agreement="verdict"}'), 1);
    assert.equal(service.service.ledger().outcomes.published, 2, 'the candidate judges nothing');

    const fixed = { ...ENV, FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: '0', FLAWLINE_WORKERS_STREAMS: '1' };
    await reload(loadText(FILE.replace('defect > 0', 'area > 0'), fixed).config);
    await compare();
    assert.equal(candidate()?.failed, 0, 'it learned the changed rule');

    const { changes, notes } = await control.promote('m');
    assert.deepEqual(changes, ['model m replaced']);
    assert.match(notes[0] ?? '', /a restart takes/);
    assert.equal(candidate(), undefined);
    await send();
    assert.equal(service.service.ledger().outcomes.filtered, 1, 'the promoted version finds nothing');
    assert.deepEqual((await control.rollBack('m')).changes, ['model m replaced']);
    await send();
    await results.count(4);
    assert.deepEqual(letters.messages, []);

    await control.candidate('m', {});
    assert.deepEqual((await control.discard('m')).changes, ['model m has no candidate any more']);
    await assert.rejects(control.discard('m'), { code: 'ERR_CONFIG' });
  });

  it('is to inspect the share that is asked for', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ENV, file: FILE });
    await using results = await collect(broker.url, 'out/#');
    await using publisher = await connectClient(broker.url);
    const { control } = service.service;
    const candidate = () => control.catalogue().models[0]?.candidate;
    await control.candidate('m', { share: 0.25 });
    for (let n = 1; n <= 8; n += 1) {
      await publisher.publish('cameras', pictureMessage('images/syn_white.png', { id: String(n) }), { qos: 1 });
      await results.count(n);
    }
    const due = () => (candidate()?.compared ?? 0) + (candidate()?.skipped ?? 0);
    await until('two of eight were due', () => due() === 2);
  });
});
