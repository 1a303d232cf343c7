/** Every statement of the recording, each a rule made over REST, all on one message: what eKuiper gave, refused and said of failures. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startRestService } from '../../support/service/rest-service.js';
import { until } from '../../support/until.js';

interface Recorded {
  readonly sql: string;
  readonly output?: string | null;
  readonly exception?: string;
  readonly refused?: string;
}

const file = new URL('../../../../test/vectors/ekuiper/sql.json', import.meta.url);
const { message, statements } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly message: object;
  readonly statements: readonly Recorded[];
};

it('rules in SQL do what they did in eKuiper', { skip: brokerMissing }, async () => {
  await using broker = await startBroker();
  await using rest = await startRestService({ brokerUrl: broker.url });
  await using results = await collect(broker.url, 'out/#');
  await using publisher = await connectClient(broker.url);
  const made = await rest.call('POST', '/streams', { sql: 'CREATE STREAM t () WITH (DATASOURCE="t")' });
  assert.equal(made.status, 201);
  for (const [index, { sql, refused }] of statements.entries()) {
    const mqtt = { server: `tcp://127.0.0.1:${broker.port}`, topic: `out/r${index}`, sendSingle: true };
    const { status, text } = await rest.call('PUT', `/rules/r${index}`, { id: `r${index}`, sql, actions: [{ mqtt }] });
    assert.equal(status, refused === undefined ? 200 : 400, text);
    if (refused !== undefined) assert.deepEqual(JSON.parse(text), { error: 1000, message: refused });
  }
  await publisher.publish('t', JSON.stringify(message), { qos: 1 });
  await until('the message is settled', () => rest.service.service.ledger().outcomes.published === 1);

  const expected = statements
    .map(({ output }, index) => [`out/r${index}`, output])
    .filter(([, output]) => output != null);
  await results.count(expected.length);
  const given = results.messages.map(({ topic }, at) => [topic, results.texts()[at]]);
  assert.deepEqual(new Map(given as [string, string][]), new Map(expected as [string, string][]));
  assert.equal(given.length, expected.length);
  for (const [index, { exception }] of statements.entries()) {
    if (exception === undefined) continue;
    const step = exception.startsWith('run Where') ? 'filter_0' : 'project_0'; // op_3_… without a condition
    const status: object = JSON.parse((await rest.call('GET', `/rules/r${index}/status`)).text);
    const figures = Object.entries(status).filter(([key]) => key.includes(`${step}_`));
    const figure = (suffix: string) => figures.find(([key]) => key.endsWith(`${step}_${suffix}`))?.[1];
    assert.deepEqual([figure('exceptions_total'), figure('last_exception')], [1, exception]);
  }
});
