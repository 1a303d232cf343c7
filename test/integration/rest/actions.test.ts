/** What becomes of a row: several actions a rule, each with a broker, a topic and a form of its own. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brokerMissing, startBroker, type TestBroker } from '../../support/broker/broker.js';
import { collect } from '../../support/broker/client.js';
import { type RestService, startRestService } from '../../support/service/rest-service.js';
import { until } from '../../support/until.js';

describe('actions of a rule', { skip: brokerMissing }, () => {
  let broker: TestBroker;
  let other: TestBroker;
  let rest: RestService;

  before(async () => {
    [broker, other] = await Promise.all([startBroker(), startBroker()]);
    rest = await startRestService({ brokerUrl: broker.url });
    await rest.call('POST', '/streams', { sql: 'CREATE STREAM t () WITH (DATASOURCE="t/+")' });
  });
  after(async () => {
    await rest?.[Symbol.asyncDispose]();
    await Promise.all([broker?.[Symbol.asyncDispose](), other?.[Symbol.asyncDispose]()]);
  });

  const mqtt = (props: object, port = other.port) => ({
    mqtt: { server: `tcp://127.0.0.1:${port}`, topic: 'out', ...props },
  });

  async function withRule(rule: object, work: () => Promise<void>): Promise<void> {
    const created = await rest.call('PUT', '/rules/r', { sql: 'SELECT * FROM t', ...rule });
    assert.equal(created.status, 200, created.text);
    await until('the rule’s stream and sinks are connected', () => rest.service.service.readiness().ready);
    await work();
    await rest.call('DELETE', '/rules/r');
  }

  const EVENT = { a: 5, station: 'press', n: null, o: { x: 1, y: '<b>' } };

  async function published(props: object, event: object = EVENT, sql = 'SELECT * FROM t'): Promise<readonly string[]> {
    let texts: readonly string[] = [];
    await withRule({ sql, actions: [mqtt(props), mqtt({ topic: 'end', sendSingle: true })] }, async () => {
      await using results = await collect(other.url, ['out', 'line/#', 'end']);
      await results.publish('ignored', '');
      await using source = await collect(broker.url, 'nothing');
      await source.publish('t/1', JSON.stringify(event));
      await until('the last action', () => results.messages.some(({ topic }) => topic === 'end'));
      texts = results.messages
        .filter(({ topic }) => topic !== 'end')
        .map(({ topic, payload, retain }) => `${topic} ${retain ? 'retained ' : ''}${payload}`);
    });
    return texts;
  }

  const FORMS: readonly (readonly [what: string, props: object, expected: readonly string[], sql?: string])[] = [
    ['an array by default', {}, ['out [{"a":5,"n":null,"o":{"x":1,"y":"\\u003cb\\u003e"},"station":"press"}]']],
    [
      'one object with sendSingle',
      { sendSingle: true },
      ['out {"a":5,"n":null,"o":{"x":1,"y":"\\u003cb\\u003e"},"station":"press"}'],
    ],
    ['chosen fields', { sendSingle: true, fields: ['a'] }, ['out {"a":5}']],
    ['all fields but some', { sendSingle: true, excludeFields: ['n', 'o'] }, ['out {"a":5,"station":"press"}']],
    ['one field’s value', { sendSingle: true, dataField: 'o' }, ['out {"x":1,"y":"\\u003cb\\u003e"}']],
    [
      'a topic made of a field',
      { sendSingle: true, fields: ['a'], topic: 'line/{{.station}}' },
      ['line/press {"a":5}'],
    ],
    ['nothing of an empty row', { sendSingle: true, omitIfEmpty: true }, [], 'SELECT n as r FROM t'],
    ['an empty object of an empty row', { sendSingle: true }, ['out {}'], 'SELECT n as r FROM t'],
  ];
  for (const [what, props, expected, sql] of FORMS) {
    it(`publish ${what}`, async () => assert.deepEqual(await published(props, EVENT, sql), expected));
  }

  it('may be several: to two brokers, to the log, and nothing', async () => {
    const actions = [
      mqtt({ sendSingle: true }),
      mqtt({ sendSingle: true, topic: 'here' }, broker.port),
      { log: {} },
      { nop: {} },
    ];
    await withRule({ sql: 'SELECT a FROM t', actions }, async () => {
      await using there = await collect(other.url, 'out');
      await using here = await collect(broker.url, 'here');
      await here.publish('t/1', JSON.stringify(EVENT));
      await Promise.all([there.count(1), here.count(1)]);
      assert.deepEqual([there.texts(), here.texts()], [['{"a":5}'], ['{"a":5}']]);
      await until('the row is in the log', () =>
        rest.service.log.some((line) => line.includes('a row of a rule') && line.includes('{\\"a\\":5}')),
      );
    });
  });

  it('may have the broker keep the result', async () => {
    await withRule(
      { sql: 'SELECT a FROM t', actions: [mqtt({ sendSingle: true, retained: true, topic: 'kept' })] },
      async () => {
        await using source = await collect(broker.url, 'nothing');
        await source.publish('t/1', JSON.stringify(EVENT));
        await until('the status counts it', async () =>
          /"sink_mqtt_0_0_records_out_total": 1/.test((await rest.call('GET', '/rules/r/status')).text),
        );
      },
    );
    await using late = await collect(other.url, 'kept');
    await late.count(1);
    assert.equal(late.messages[0]?.retain, true);
  });

  it('tell errors as text with sendError, and the dead letter is there as well', async () => {
    const rule = {
      sql: 'SELECT station + 1 as r FROM t',
      actions: [mqtt({ sendSingle: true })],
      options: { sendError: true },
    };
    await withRule(rule, async () => {
      await using results = await collect(other.url, 'out');
      await using dead = await collect(broker.url, 'flawline/flawline/dead-letter');
      await dead.publish('t/1', JSON.stringify(EVENT));
      await Promise.all([results.count(1), dead.count(1)]);
      assert.match(
        results.texts()[0] ?? '',
        /^run Select error: alias: r expr: .*invalid operation string\(press\) \+ int64\(1\)/,
      );
      assert.match(dead.texts()[0] ?? '', /"code":"ERR_PREDICATE","rule":"r"/);
    });
  });

  it('to a broker that is away are taken, told in the status, and done when it is there', async () => {
    await using away = await startBroker();
    await away.stop();
    const rule = { sql: 'SELECT a FROM t', actions: [mqtt({ sendSingle: true, retained: true }, away.port)] };
    assert.equal((await rest.call('PUT', '/rules/away', rule)).status, 200);
    const status = async () =>
      JSON.parse((await rest.call('GET', '/rules/away/status')).text) as Record<string, unknown>;
    await until('the status tells it', async () => (await status())['sink_mqtt_0_0_connection_status'] === -1);
    const told = await status();
    assert.equal(told['status'], 'running');
    assert.match(String(told['sink_mqtt_0_0_connection_last_disconnected_message']), /\S/);
    await until('the stream is subscribed', async () => (await status())['source_t_0_connection_status'] === 1);
    await using source = await collect(broker.url, 'nothing');
    await source.publish('t/1', JSON.stringify(EVENT));
    await away.start();
    await using results = await collect(away.url, 'out');
    await results.count(1);
    await rest.call('DELETE', '/rules/away');
  });

  it('hide their passwords in every answer', async () => {
    const action = { mqtt: { server: 'ssl://127.0.0.1:1', topic: 'out', username: 'u', password: 'not-to-be-seen' } };
    await rest.call('PUT', '/rules/hidden', { sql: 'SELECT a FROM t', actions: [action] });
    for (const path of ['/rules/hidden', '/data/export', '/rules/hidden/status']) {
      assert.ok(!(await rest.call('GET', path)).text.includes('not-to-be-seen'), path);
    }
    assert.ok(!rest.service.log.some((line) => line.includes('not-to-be-seen')));
    await rest.call('DELETE', '/rules/hidden');
  });
});
