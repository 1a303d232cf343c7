/** Several streams, models and rules in one service, on a real broker and real worker threads; the engine is the fake. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';

/** The path of the models comes from the file. */
const env = { FLAWLINE_MODEL_PATH: '' };

async function twoLines(rules: string): Promise<string> {
  const path = await modelWithoutSelfTest();
  return `
streams:
  - {id: north, topics: cameras/north}
  - {id: south, topics: cameras/south}
models:
  - {id: strict, path: ${path}, threshold: 0.9}
  - {id: lenient, path: ${path}, threshold: 0.001}
rules:
${rules}
`;
}

const FIELDS = 'topic: "out/{rule}", fields: [id, rule, model, defect]';

describe('a service with two streams and two models', { skip: brokerMissing }, () => {
  it('has each picture inspected once by each model that a rule of its stream asks', async () => {
    await using broker = await startBroker();
    const file = await twoLines(`
  - {id: a, stream: north, model: strict, where: "true", ${FIELDS}}
  - {id: b, stream: north, model: strict, where: defect >= 0, ${FIELDS}}
  - {id: c, stream: north, model: lenient, where: "true", ${FIELDS}}
  - {id: d, stream: south, model: lenient, where: "true", ${FIELDS}}`);
    await using service = await startTestService({ brokerUrl: broker.url, env, file });
    await using results = await collect(broker.url, 'out/#');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('cameras/north', pictureMessage('images/syn_white.png', { id: '1' }), { qos: 1 });
    await publisher.publish('cameras/south', pictureMessage('images/syn_white.png', { id: '2' }), { qos: 1 });
    await results.count(4);
    const told = results.texts().map((text) => JSON.parse(text));
    assert.deepEqual(told.map(({ id, rule, model }) => `${id} ${rule} ${model.split('@')[0]}`).sort(), [
      '1 a strict',
      '1 b strict',
      '1 c lenient',
      '2 d lenient',
    ]);
    const properties = results.messages.map(({ properties: said }) => said?.userProperties);
    assert.deepEqual(properties.map((each) => String(each?.['model']).split('@')[0]).sort(), [
      'lenient',
      'lenient',
      'strict',
      'strict',
    ]);
    await until('both pictures are settled', () => service.service.ledger().inFlight === 0);
    assert.equal(await service.metric('flawline_stage_duration_seconds_count{stage="infer"}'), 3);
    assert.equal(await service.metric('flawline_messages_total{outcome="published"}'), 2);
    assert.equal(await service.metric('flawline_messages_received_total{stream="south"}'), 1);
  });

  it('publishes what the other rules let through when one rule fails, and names it in its one dead letter', async () => {
    await using broker = await startBroker();
    const file = await twoLines(`
  - {id: broken, stream: north, model: strict, where: msg.belt > 3, ${FIELDS}}
  - {id: same, stream: north, model: strict, where: "true", ${FIELDS}}
  - {id: other, stream: north, model: lenient, where: "true", ${FIELDS}}`);
    await using service = await startTestService({ brokerUrl: broker.url, env, file });
    await using results = await collect(broker.url, 'out/#');
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('cameras/north', pictureMessage('images/syn_white.png', { id: '1' }), { qos: 1 });
    await until('the picture is settled', () => service.service.ledger().outcomes.published === 1);
    await letters.count(1);
    assert.deepEqual(
      results
        .texts()
        .map((text) => JSON.parse(text).rule)
        .sort(),
      ['other', 'same'],
    );
    const letter = JSON.parse(letters.texts()[0] ?? '');
    assert.deepEqual([letter.code, letter.rule, letter.id], ['ERR_PREDICATE', 'broken', '1']);
  });

  it('makes dead letters of a picture for which every rule fails, one for each', async () => {
    await using broker = await startBroker();
    const file = await twoLines(`
  - {id: a, stream: north, model: strict, where: msg.belt > 3, ${FIELDS}}
  - {id: b, stream: north, model: lenient, where: msg.belt > 4, ${FIELDS}}`);
    await using service = await startTestService({ brokerUrl: broker.url, env, file });
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('cameras/north', pictureMessage(), { qos: 1 });
    await until('the picture is settled', () => service.service.ledger().outcomes.dead_lettered === 1);
    await letters.count(2);
    assert.deepEqual(
      letters
        .texts()
        .map((text) => JSON.parse(text).rule)
        .sort(),
      ['a', 'b'],
    );
  });

  it('sends one dead letter for a picture that no model can read', async () => {
    await using broker = await startBroker();
    const file = await twoLines(`
  - {id: a, stream: north, model: strict, where: "true", ${FIELDS}}
  - {id: b, stream: north, model: lenient, where: "true", ${FIELDS}}`);
    await using service = await startTestService({ brokerUrl: broker.url, env, file });
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('cameras/north', '{"image": "AAAA"}', { qos: 1 });
    await publisher.publish('cameras/north', '{"image": "AAAA", "id": "last"}', { qos: 1 });
    await until('the pictures are settled', () => service.service.ledger().outcomes.dead_lettered === 2);
    await letters.count(2);
    assert.deepEqual(
      letters.texts().map((text) => JSON.parse(text).code),
      ['ERR_IMAGE_FORMAT', 'ERR_IMAGE_FORMAT'],
    );
  });

  it('does not start when one of its models cannot be loaded', async () => {
    await using broker = await startBroker();
    const file = (await twoLines(`  - {id: a, stream: north, model: strict, where: "true"}`)).replace(
      /lenient, path: [^,]*/,
      'lenient, path: /nowhere',
    );
    await assert.rejects(startTestService({ brokerUrl: broker.url, env, file }), { code: 'ERR_MODEL_LOAD' });
  });
});

describe('a service whose rules have sinks of their own', { skip: brokerMissing }, () => {
  const messageOf = (id: string) => pictureMessage('images/syn_white.png', { id });
  const fileOf = async (elsewhere: string) =>
    twoLines(`
  - {id: here, stream: north, model: strict, where: "true", topic: out, fields: [id, rule]}
  - {id: there, stream: south, model: strict, where: "true", topic: out, fields: [id, rule], sink: {url: "${elsewhere}"}}
  - {id: also, stream: south, model: strict, where: "true", topic: out, fields: [id, rule], sink: {url: "${elsewhere}", qos: 0}}`);

  it('publishes each result at the broker of its rule', async () => {
    await using broker = await startBroker();
    await using other = await startBroker();
    await using _service = await startTestService({ brokerUrl: broker.url, env, file: await fileOf(other.url) });
    await using here = await collect(broker.url, 'out');
    await using there = await collect(other.url, 'out');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('cameras/north', messageOf('1'), { qos: 1 });
    await publisher.publish('cameras/south', messageOf('2'), { qos: 1 });
    await here.count(1);
    await there.count(2);
    const rulesOf = (texts: readonly string[]) => texts.map((text) => JSON.parse(text).rule).sort();
    assert.deepEqual([rulesOf(here.texts()), rulesOf(there.texts())], [['here'], ['also', 'there']]);
  });

  for (const [title, more, isElsewhere] of [
    ['the broker of the pictures', '', false],
    ['the broker that deadLetter.url names', 'deadLetter', true],
  ] as const) {
    it(`sends dead letters to ${title}, whatever the sinks`, async () => {
      await using broker = await startBroker();
      await using other = await startBroker();
      const sinks = `sink: {url: "${other.url}"}\n${more === '' ? '' : `${more}: {url: "${other.url}"}\n`}`;
      const file = `${sinks}${(await fileOf(other.url)).trimStart()}`;
      await using _service = await startTestService({ brokerUrl: broker.url, env, file });
      const topic = 'flawline/flawline/dead-letter';
      await using here = await collect(broker.url, topic);
      await using there = await collect(other.url, topic);
      await using publisher = await connectClient(broker.url);
      await publisher.publish('cameras/north', 'no picture', { qos: 1 });
      await (isElsewhere ? there : here).count(1);
      assert.equal((isElsewhere ? here : there).messages.length, 0);
    });
  }

  it('halts only the stream that feeds a sink that is away, and names its rules', async () => {
    await using broker = await startBroker();
    const file = await fileOf('mqtt://127.0.0.1:1');
    await using service = await startTestService({ brokerUrl: broker.url, env, file, waitUntilReady: false });
    await until('all but the sink is ready', () => service.service.readiness().reasons.length === 1);
    assert.match(service.service.readiness().reasons[0] ?? '', /^sink: rules there, also: /);
    await using results = await collect(broker.url, 'out');
    await using publisher = await connectClient(broker.url);
    for (let i = 0; i < 50; i += 1) await publisher.publish('cameras/south', messageOf(`s${i}`), { qos: 1 });
    for (let i = 0; i < 50; i += 1) await publisher.publish('cameras/north', messageOf(`n${i}`), { qos: 1 });
    await results.count(50);
    assert.ok(results.texts().every((text) => JSON.parse(text).rule === 'here'));
    assert.equal(service.service.ledger().outcomes.published, 50);
  });
});
