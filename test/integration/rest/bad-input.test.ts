/** What cannot be done is refused in eKuiper's form, and nothing has changed by it: neither the catalogue nor its file. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { brokerMissing, startBroker, type TestBroker } from '../../support/broker/broker.js';
import { ask } from '../../support/service/http-client.js';
import { pluginZip } from '../../support/service/plugin-zip.js';
import { type RestService, startRestService } from '../../support/service/rest-service.js';
import { modelWithoutSelfTest, TEST_MODEL } from '../../support/engine/test-model.js';
import { zip } from '../../support/zip-writer.js';

const ACTIONS = [{ mqtt: { server: 'tcp://127.0.0.1:1', topic: 'out' } }];
const TUTORIAL = 'SELECT inference(image)->base64 as r FROM camera WHERE inference(image)->defect >= 0';

describe('REST', { skip: brokerMissing }, () => {
  let broker: TestBroker;
  let rest: RestService;

  const state = async () => ({
    export: (await rest.call('GET', '/data/export')).text,
    rules: (await rest.call('GET', '/rules')).text,
    plugins: (await rest.call('GET', '/plugins/portables')).text,
    file: await readFile(join(rest.folder.path, 'kept/catalogue.json'), 'utf8'),
  });

  before(async () => {
    broker = await startBroker();
    rest = await startRestService({ brokerUrl: broker.url });
    const zipUri = `file://${rest.folder.path}/defect.zip`;
    assert.equal((await rest.call('POST', '/plugins/portables', { name: 'defect', file: zipUri })).status, 201);
    const sql = 'CREATE STREAM camera () WITH (DATASOURCE="camera")';
    assert.equal((await rest.call('POST', '/streams', { sql })).status, 201);
    assert.equal((await rest.call('POST', '/rules', { id: 'first', sql: TUTORIAL, actions: ACTIONS })).status, 201);
  });
  after(async () => {
    await rest?.[Symbol.asyncDispose]();
    await broker?.[Symbol.asyncDispose]();
  });

  const rule = (sql: string, actions: unknown = ACTIONS) => ({ id: 'r2', sql, actions });
  const REFUSED: readonly (readonly [
    what: string,
    method: string,
    path: string,
    body: string | object,
    message: RegExp,
  ])[] = [
    ['broken JSON', 'POST', '/rules', '{"id": "r2", ', /invalid rule json: Parse rule .* unexpected end of JSON input/],
    ['JSON that is no object', 'POST', '/rules', '[1]', /it must be an object/],
    ['a million brackets', 'POST', '/streams', '['.repeat(1_000_000), /unexpected end of JSON input/],
    ['an unknown stream', 'POST', '/rules', rule('SELECT a FROM nosuch'), /fail to get stream nosuch/],
    [
      'SQL of a megabyte',
      'POST',
      '/rules',
      rule(`SELECT ${'a,'.repeat(500_000)}a FROM camera`),
      /statement is longer than/,
    ],
    [
      'ten thousand brackets',
      'POST',
      '/rules',
      rule(`SELECT ${'('.repeat(10_000)}a${')'.repeat(10_000)} FROM camera`),
      /brackets within each other/,
    ],
    [
      'DDL of a megabyte',
      'POST',
      '/streams',
      { sql: `CREATE STREAM x (${'a bigint,'.repeat(120_000)}` },
      /statement is longer than/,
    ],
    ['a window', 'POST', '/rules', rule('SELECT count(*) FROM camera GROUP BY TUMBLINGWINDOW(ss, 10)'), /Parse SQL/],
    [
      'a sink that is not there',
      'POST',
      '/rules',
      rule('SELECT a FROM camera', [{ influx: {} }]),
      /sink influx is not supported here/,
    ],
    [
      'a template',
      'POST',
      '/rules',
      rule('SELECT a FROM camera', [{ mqtt: { server: 'tcp://a', topic: 'b', dataTemplate: 'x' } }]),
      /dataTemplate is not supported/,
    ],
    [
      'a schedule',
      'POST',
      '/rules',
      { ...rule('SELECT a FROM camera'), options: { cron: '* * * * *', duration: '1m' } },
      /option cron is not supported/,
    ],
    ['a graph', 'POST', '/rules', { id: 'r2', graph: {} }, /has a graph/],
    [
      'a result that would be inspected again',
      'POST',
      '/rules',
      rule('SELECT a FROM camera', [{ mqtt: { server: 'MQTT', topic: 'camera' } }]),
      /inspected for ever/,
    ],
    [
      'a stream of another broker',
      'POST',
      '/streams',
      { sql: 'CREATE STREAM x () WITH (DATASOURCE="a", CONF_KEY="k")' },
      /CONF_KEY is not supported/,
    ],
    [
      'a filter that is none',
      'POST',
      '/streams',
      { sql: 'CREATE STREAM x () WITH (DATASOURCE="a#b")' },
      /DATASOURCE must be topic filters/,
    ],
    [
      'a zip from elsewhere',
      'POST',
      '/plugins/portables',
      { name: 'other', file: 'http://127.0.0.1:1/a.zip' },
      /nothing is fetched from elsewhere/,
    ],
    [
      'a zip outside the folders',
      'POST',
      '/plugins/portables',
      { name: 'other', file: 'file:///etc/passwd' },
      /the key rest\.files/,
    ],
    ['a name that leads out', 'POST', '/plugins/portables', { name: '../x', file: 'file:///a' }, /invalid name/],
    ['an upload that leads out', 'POST', '/config/uploads', { name: '../x', content: 'a' }, /invalid name/],
    ['a table', 'POST', '/tables/x', {}, /tables are not supported/],
  ];
  for (const [what, method, path, body, message] of REFUSED) {
    it(`refuses ${what}, and nothing has changed`, async () => {
      const before = await state();
      const sent =
        typeof body === 'object'
          ? JSON.stringify(body).replace('"MQTT"', JSON.stringify(`tcp://localhost:${broker.port}`))
          : body;
      const { status, text } = await rest.call(method, path, sent);
      assert.equal(status, 400, text.slice(0, 500));
      const answer = JSON.parse(text) as { readonly error: number; readonly message: string };
      assert.deepEqual(Object.keys(answer), ['error', 'message']);
      assert.match(answer.message.slice(-2000), message);
      assert.deepEqual(await state(), before);
    });
  }

  it('refuses a plugin whose model does not load, and the old one goes on', async () => {
    const broken = await pluginZip({
      model: TEST_MODEL,
      entries: [{ name: 'models/model.xml', data: Buffer.from('<net') }],
    });
    const file = `file://${await rest.folder.write('broken.zip', broken)}`;
    const before = await state();
    for (const [method, path] of [
      ['POST', '/plugins/portables'],
      ['PUT', '/plugins/portables/defect'],
    ] as const) {
      const { status, text } = await rest.call(method, path, { name: method === 'POST' ? 'other' : 'defect', file });
      assert.equal(status, 400, text);
      assert.match(text, /command error: /);
    }
    assert.deepEqual(await state(), before);
  });

  it('refuses a plugin without the function that a rule calls', async () => {
    const other = await pluginZip({ model: TEST_MODEL, functions: ['another'] });
    const file = `file://${await rest.folder.write('other.zip', other)}`;
    const before = await state();
    const { status, text } = await rest.call('PUT', '/plugins/portables/defect', { name: 'defect', file });
    assert.deepEqual([status, /rule first calls inference/.test(text)], [400, true], text);
    assert.deepEqual(await state(), before);
  });

  it('refuses a zip with a bomb', async () => {
    const bomb = zip([
      { name: 'x.json', data: Buffer.from('{"functions":["f"]}') },
      { name: 'a.bin', data: Buffer.alloc(8 * 2 ** 20) },
    ]);
    const file = `file://${await rest.folder.write('bomb.zip', bomb)}`;
    const { status, text } = await rest.call('POST', '/plugins/portables', { name: 'x', file });
    assert.deepEqual([status, /times as large/.test(text)], [400, true], text);
  });

  it('refuses a body without end, another Host and a page of elsewhere', async () => {
    const url = rest.service.service.restUrl ?? '';
    const large = await ask(new URL('streams', url).href, { method: 'POST', body: 'a'.repeat(5 * 2 ** 20) });
    assert.equal(large.status, 413);
    const odd = await ask(`${url}/`);
    assert.deepEqual([odd.status, odd.body.toString()], [404, '404 page not found\n']);
    const foreign = await ask(url, { headers: { host: 'evil.example' } });
    assert.equal(foreign.status, 421);
    const page = await ask(new URL('streams', url).href, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
      body: '{}',
    });
    assert.equal(page.status, 403);
  });

  it('takes an upload as a form, and a plugin from it', async () => {
    const boundary = 'a-boundary';
    const content = await readFile(join(rest.folder.path, 'defect.zip'));
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="uploadFile"; filename="up.zip"\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    const url = new URL('config/uploads', rest.service.service.restUrl).href;
    const answer = await ask(url, { method: 'POST', headers, body });
    const path = answer.body.toString();
    assert.deepEqual([answer.status, path], [201, join(rest.folder.path, 'kept/uploads/up.zip')]);
    assert.ok((await readFile(path)).equals(content));
    const again = await rest.call('POST', '/plugins/portables', { name: 'defect', file: `file://${path}` });
    assert.match(again.text, /invalid name defect: duplicate/);
    assert.equal((await rest.call('DELETE', '/config/uploads/up.zip')).text, 'ok');
  });
});

describe('a start on a kept catalogue', { skip: brokerMissing }, () => {
  it('that was cut is an error that names the file, ten times', async () => {
    await using broker = await startBroker();
    await using rest = await startRestService({ brokerUrl: broker.url });
    await rest.call('POST', '/streams', { sql: 'CREATE STREAM camera () WITH (DATASOURCE="camera")' });
    const file = join(rest.folder.path, 'kept/catalogue.json');
    const whole = await readFile(file);
    await rest.service.stop();
    for (let cut = 0; cut < 10; cut++) {
      await writeFile(file, whole.subarray(0, Math.floor((whole.length * cut) / 10)));
      const started = startRestService({
        brokerUrl: broker.url,
        env: { FLAWLINE_CATALOGUE_PATH: join(rest.folder.path, 'kept') },
      });
      await assert.rejects(started, { code: 'ERR_CATALOGUE', message: new RegExp(file) });
    }
  });

  it('that has an id of the configuration is a fault of it', async () => {
    await using broker = await startBroker();
    await using rest = await startRestService({ brokerUrl: broker.url });
    await rest.call('POST', '/streams', { sql: 'CREATE STREAM camera () WITH (DATASOURCE="camera")' });
    await rest.service.stop();
    const env = { FLAWLINE_CATALOGUE_PATH: join(rest.folder.path, 'kept') };
    const started = startRestService({
      brokerUrl: broker.url,
      env,
      file: 'streams: [{ id: camera, topics: other }]\nmodels: [{ id: m }]\n',
    });
    await assert.rejects(started, { code: 'ERR_CONFIG', message: /id of a stream must be given once: camera/ });
  });

  it('shows the objects of the configuration, and does not change them', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_SOURCE_TOPICS: 'camera', FLAWLINE_MODEL_PATH: await modelWithoutSelfTest() };
    await using rest = await startRestService({ brokerUrl: broker.url, env: env });
    assert.equal((await rest.call('GET', '/streams')).text, '["default"]');
    assert.match((await rest.call('GET', '/rules')).text, /"id":"default".*"status":"running"/);
    assert.match((await rest.call('GET', '/rules/default')).text, /"where"/);
    assert.equal((await rest.call('GET', '/rules/default/status')).status, 200);
    const calls = [
      ['DELETE', '/rules/default'],
      ['POST', '/rules/default/stop'],
      ['DELETE', '/streams/default'],
      ['DELETE', '/plugins/portables/default'],
    ] as const;
    for (const [method, path] of calls) {
      const { status, text } = await rest.call(method, path);
      assert.deepEqual([status, /is of the configuration file/.test(text)], [400, true], `${method} ${path}: ${text}`);
    }
  });
});
