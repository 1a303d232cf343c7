/** Rules in SQL in the running service: with a model, without one, and what fails in them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NO_MODEL } from '../../../src/domain/rule.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { publishRow, sqlRule } from '../../support/builders.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { loadWith } from '../../support/service/config-folder.js';
import { startTestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';

it('judge pictures and rows, and lose neither', { skip: brokerMissing }, async () => {
  await using broker = await startBroker();
  await using test = await startTestService({ brokerUrl: broker.url });
  await using results = await collect(broker.url, 'sql/#');
  await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
  await using publisher = await connectClient(broker.url);
  const env = {
    FLAWLINE_MQTT_URL: broker.url,
    FLAWLINE_HTTP_PORT: '0',
    FLAWLINE_WORKERS_STREAMS: '1',
    FLAWLINE_MODEL_PATH: await modelWithoutSelfTest(),
  };
  const { config } = loadWith({ cwd: '/', env, hostname: 'test' });
  const sinks = [{ key: 's', broker: config.sink }];
  const to = (topic: string) => ({ actions: [publishRow({ topic, sendSingle: false })], streamSql: '' });
  const rules = [
    sqlRule(
      { stream: 'default' },
      { ...to('sql/picture'), sql: 'SELECT inference(image)->defect as n, id FROM default' },
    ),
    sqlRule(
      { id: 'row', stream: 'default', model: NO_MODEL },
      { ...to('sql/row/{{.id}}'), functions: [], sql: 'SELECT id, a FROM default WHERE a > 1' },
    ),
  ];
  assert.deepEqual(await test.service.reload({ ...config, rules, sinks }), [
    ...['rule ruleOp added', 'rule row added', 'rule default dropped'],
  ]);
  const send = (text: string) => publisher.publish('openvino_demo', text, { qos: 1 });
  await send(pictureMessage('images/syn_white.png', { id: 'both', a: 2 }));
  await results.count(2);
  await send(pictureMessage('images/syn_white.png', { id: 'first', a: 1 }));
  await results.count(3);
  // No picture: one rule has its result, the other a dead letter. Text against a number: the other way round.
  await send('{"id":"second","a":3}');
  await send(pictureMessage('images/syn_white.png', { id: 'third', a: 'x' }));
  await results.count(5);
  await letters.count(2);
  assert.deepEqual(results.messages.map(({ topic }, at) => `${topic} ${results.texts()[at]}`).sort(), [
    'sql/picture [{"id":"both","n":1}]',
    'sql/picture [{"id":"first","n":1}]',
    'sql/picture [{"id":"third","n":1}]',
    'sql/row/both [{"a":2,"id":"both"}]',
    'sql/row/second [{"a":3,"id":"second"}]',
  ]);
  const told = letters.texts().map((text) => JSON.parse(text) as { code: string; message: string });
  assert.deepEqual(told.map(({ code }) => code).sort(), ['ERR_PAYLOAD_FIELD', 'ERR_PREDICATE']);
  assert.match(
    told.map(({ message }) => message).join(),
    /run Where error: invalid operation string\(x\) > int64\(1\)/,
  );
  await until('all is settled', () => test.service.ledger().inFlight === 0);
  assert.equal(test.service.ledger().outcomes.published, 4);
});
