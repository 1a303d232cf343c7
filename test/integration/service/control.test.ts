/** The catalogue over HTTP. What would go wrong: a stopped rule publishes, a started one does not, somebody without the token stops a line. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogueView } from '../../../src/catalogue/view.js';
import { model } from '../../../src/cli/model.js';
import { rule } from '../../../src/cli/rule.js';
import type { ControlAnswer } from '../../../src/http/control-routes.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { recordedIo } from '../../support/service/command-io.js';
import { loadText } from '../../support/service/config-folder.js';
import { startTestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';

const path = await modelWithoutSelfTest();
const FILE = `
streams: [{id: north, topics: cameras/north}, {id: south, topics: cameras/south}]
models: [{id: m, path: ${path}}]
rules:
  - {id: a, stream: north, where: "true", topic: out/a, fields: [id]}
  - {id: b, stream: north, where: "msg.missing > 0", topic: out/b, fields: [id]}
  - {id: c, stream: south, where: "true", topic: out/c, fields: [id]}
`;
const TOKEN = 'secret';

/** All that an answer may have; the assertions say what it has. */
type Answer = CatalogueView & ControlAnswer;

describe('the catalogue over HTTP', { skip: brokerMissing }, () => {
  it('shows what runs, starts and stops rules', async () => {
    await using broker = await startBroker();
    const env = {
      FLAWLINE_MODEL_PATH: '',
      FLAWLINE_HTTP_TOKEN: TOKEN,
      FLAWLINE_SHUTDOWN_TIMEOUT_MS: '500',
      FLAWLINE_HTTP_ALLOWED_HOSTS: '127.0.0.1',
    };
    await using service = await startTestService({ brokerUrl: broker.url, env, file: FILE });
    await using results = await collect(broker.url, 'out/#');
    await using publisher = await connectClient(broker.url);
    const { http } = service.service;
    const send = (stream: string, id: string) =>
      publisher.publish(`cameras/${stream}`, pictureMessage('images/syn_white.png', { id }), { qos: 1 });
    const ask = async (method: string, route: string, token = TOKEN) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(new URL(route, http.url), { method, headers });
      return { status: response.status, answer: (await response.json()) as Answer };
    };
    const catalogue = async (): Promise<CatalogueView> => (await ask('GET', 'catalogue')).answer;
    const command = async (...words: string[]) => {
      const io = recordedIo({ env: { FLAWLINE_HTTP_PORT: String(http.port), FLAWLINE_HTTP_TOKEN: TOKEN } });
      return { code: await rule.run({ config: undefined }, words, io), out: io.out(), err: io.err() };
    };

    await send('north', '1');
    await until('both rules have judged it', () => service.service.ledger().outcomes.published === 1);
    const before = await catalogue();
    assert.deepEqual(
      before.rules.map(({ id, state, matched, failed, lastError }) => [id, state, matched, failed, lastError?.code]),
      [
        ['a', 'running', 1, 0, undefined],
        ['b', 'running', 0, 1, 'ERR_PREDICATE'],
        ['c', 'running', 0, 0, undefined],
      ],
    );
    assert.deepEqual(
      before.models.map(({ id, inspected, failed }) => [id, inspected, failed]),
      [['m', 1, 0]],
    );
    assert.deepEqual(
      before.streams.map(({ id, state, received, inFlight }) => [id, state, received, inFlight]),
      [
        ['north', 'running', 1, 0],
        ['south', 'running', 0, 0],
      ],
    );

    const stopped = await ask('POST', 'rules/a/stop');
    assert.equal(stopped.status, 200);
    assert.deepEqual(stopped.answer.changes, ['rule a stopped']);
    assert.match(stopped.answer.notes[0] ?? '', /a restart starts it again/);
    await send('north', '2');
    await until('the other rule has judged it', () => service.service.ledger().outcomes.dead_lettered === 1);
    assert.equal(results.messages.length, 1);

    const south = await command('stop', 'c');
    assert.match(south.out, /^stream south stopped\nrule c stopped\n/);
    assert.deepEqual(
      (await catalogue()).streams.map(({ state }) => state),
      ['running', 'stopped'],
    );
    const same = { ...env, FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: '0', FLAWLINE_WORKERS_STREAMS: '1' };
    assert.deepEqual(await service.service.reload(loadText(FILE, same).config), []);
    assert.deepEqual(await command('start', 'c'), { code: 0, out: 'stream south started\nrule c started\n', err: '' });
    assert.deepEqual(await command('start', 'c'), { code: 0, out: 'rule c runs already\n', err: '' });
    await until('it is ready', () => service.service.readiness().ready);
    await send('south', '3');
    await results.count(2);
    assert.equal(results.messages[1]?.topic, 'out/c');

    const unknown = await command('stop', 'nope');
    assert.deepEqual([unknown.code, unknown.out], [2, '']);
    assert.match(unknown.err, /Cannot find the rule nope .* a, b, c/);
    for (const [method, route, status] of [
      ['POST', 'rules/nope/stop', 404],
      ['POST', 'rules/a/explode', 404],
      ['GET', 'rules/a/stop', 405],
      ['POST', 'catalogue', 405],
    ] as const) {
      assert.equal((await ask(method, route)).status, status, route);
    }
    assert.equal((await ask('POST', 'rules/c/stop', 'wrong')).status, 401);
    assert.equal((await ask('GET', 'catalogue', 'wrong')).status, 401);
  });

  it('rolls a model back, and says what a restart makes of it', async () => {
    await using broker = await startBroker();
    const fixed = { FLAWLINE_MODEL_PATH: '', FLAWLINE_HTTP_TOKEN: TOKEN, FLAWLINE_HTTP_ALLOWED_HOSTS: '127.0.0.1' };
    await using service = await startTestService({ brokerUrl: broker.url, env: fixed, file: FILE });
    const { control, http, reload } = service.service;
    const env = { ...fixed, FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: '0', FLAWLINE_WORKERS_STREAMS: '1' };
    const take = (threshold: string) =>
      reload(loadText(FILE.replace('id: m, ', `id: m, threshold: ${threshold}, `), env).config);
    const versions = () => control.catalogue().models.map((each) => [each.version, each.former.map((v) => v.version)]);
    const command = async (...words: string[]) => {
      const io = recordedIo({ env: { FLAWLINE_HTTP_PORT: String(http.port), FLAWLINE_HTTP_TOKEN: TOKEN } });
      return {
        code: await model.run({ config: undefined, share: undefined }, words, io),
        out: io.out(),
        err: io.err(),
      };
    };
    const first = await command('rollback', 'm');
    assert.equal(first.code, 2);
    assert.match(first.err, /version 1 is the first that is known/);
    assert.deepEqual(await take('0.9'), ['model m replaced']);
    assert.deepEqual(await take('0.8'), ['model m replaced']);
    assert.deepEqual(versions(), [[3, [2, 1]]]);
    const back = await command('rollback', 'm');
    assert.match(back.out, /^model m replaced\nthe configuration has .* for model m, which a restart takes/);
    assert.deepEqual(versions(), [[2, [1]]]);
    assert.deepEqual(await take('0.8'), [], 'a reload of the same file leaves the version that was rolled back to');
    assert.deepEqual(await take('0.7'), ['model m replaced'], 'a file that says something new is taken');
    assert.deepEqual(versions(), [[4, [2, 1]]]);
    await assert.rejects(reload(loadText(FILE.replace(path, '/nowhere'), env).config), { code: 'ERR_MODEL_LOAD' });
    assert.equal(control.catalogue().models[0]?.lastError?.code, 'ERR_MODEL_LOAD');
    assert.equal((await command('rollback', 'nope')).code, 2);
  });

  it('is not there without a token', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url });
    for (const [method, route] of [
      ['GET', 'catalogue'],
      ['POST', 'rules/default/stop'],
    ] as const) {
      assert.equal((await fetch(new URL(route, service.service.http.url), { method })).status, 404);
    }
  });
});
