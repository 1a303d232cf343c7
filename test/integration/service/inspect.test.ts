/** One picture tried by HTTP and by MQTT request, on real threads; the engine is the fake. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { ask } from '../../support/service/http-client.js';
import { startTestService, type TestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const PICTURE = readVectorFile('images/syn_1280x960.jpg');
const INSPECT = { FLAWLINE_HTTP_INSPECT: 'true' };

async function post(service: TestService, query = '', body: string | Uint8Array = PICTURE) {
  const url = new URL(`inspect${query}`, service.service.http.url);
  const answer = await ask(url.href, { method: 'POST', body });
  return { status: answer.status, answer: JSON.parse(answer.body.toString()) };
}

const where = (text: string) => `?where=${encodeURIComponent(text)}`;

describe('POST /inspect', { skip: brokerMissing }, () => {
  it('answers bytes with measures, stages, verdicts and the picture, and publishes nothing', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: INSPECT });
    await using results = await collect(broker.url, ['ekuiper/defect', '+/+/dead-letter']);
    const { status, answer } = await post(service, `${where('defect > 0 && topic == "inspect"')}&render=overlay`);
    assert.equal(status, 200);
    assert.deepEqual([answer.width, answer.height, answer.defect], [1280, 960, 3]);
    assert.deepEqual(Object.keys(answer.stages).sort(), [
      'decode',
      'infer',
      'parse',
      'queue',
      'render',
      'resize',
      'segment',
    ]);
    assert.deepEqual(answer.rules, [{ rule: 'default', matches: true, ok: false }]);
    assert.deepEqual(answer.where, { source: 'defect > 0 && topic == "inspect"', matches: true });
    const { width, height, format } = await sharp(Buffer.from(answer.afterProcess, 'base64')).metadata();
    assert.deepEqual([width, height, format], [1280, 960, 'jpeg']);
    assert.deepEqual([service.service.ledger().received, results.messages.length], [0, 0]);
  });

  it('inspects by the model that is named, by the first one where none is, and names them where there is no such', async () => {
    await using broker = await startBroker();
    const path = await modelWithoutSelfTest();
    const file = `models: [{id: a, path: ${path}}, {id: b, path: ${path}}]
rules: [{id: ra, model: a, where: "true"}, {id: rb, model: b, where: "true"}]`;
    const env = { ...INSPECT, FLAWLINE_MODEL_PATH: '' };
    await using service = await startTestService({ brokerUrl: broker.url, env, file });
    const judged = async (query: string) => (await post(service, query)).answer.rules[0].rule;
    assert.deepEqual([await judged(''), await judged('?model=b')], ['ra', 'rb']);
    const { status, answer } = await post(service, '?model=c');
    assert.equal(status, 400);
    assert.equal(answer.error, 'Cannot inspect the picture as model must be one of a, b: c');
  });

  it('takes the whole of a predicate in which ? and : choose, also when they are not escaped', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: INSPECT });
    const { answer } = await post(service, '?where=defect>0?false:true');
    assert.deepEqual(answer.where, { source: 'defect>0?false:true', matches: false });
  });

  it('takes a message as JSON, whose fields the predicate sees', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: INSPECT });
    const body = pictureMessage('images/syn_3x2.png', { line: 3 });
    assert.equal((await post(service, where('msg.line == 3'), body)).answer.where.matches, true);
    const missing = (await post(service, where('msg.shift == 1'), body)).answer.where;
    assert.equal(missing.matches, false);
    assert.match(missing.error, /shift/);
  });

  it('holds a predicate to the limits of a configured one', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: INSPECT });
    for (const text of ['defect', 'nothing > 1', 'topic.matches("(a+)+$")', `defect > 0${' '.repeat(1100)}`]) {
      const { status, answer } = await post(service, where(text));
      assert.deepEqual([status, answer.code], [400, 'ERR_CONFIG'], text);
    }
  });

  it('refuses what a message is refused for, each with its own status', async () => {
    await using broker = await startBroker();
    const env = { ...INSPECT, FLAWLINE_LIMITS_MAX_PAYLOAD_BYTES: '100000', FLAWLINE_LIMITS_MAX_PIXELS: '200000' };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    const cases: readonly (readonly [string | Uint8Array, number, string])[] = [
      ['', 400, 'ERR_PAYLOAD_EMPTY'],
      ['nonsense', 400, 'ERR_PAYLOAD_JSON'],
      ['{"x":1}', 400, 'ERR_PAYLOAD_FIELD'],
      [readVectorFile('images/syn_gif.gif'), 415, 'ERR_IMAGE_FORMAT'],
      [readVectorFile('images/syn_truncated.jpg'), 422, 'ERR_IMAGE_DECODE'],
      [new Uint8Array(100_001), 413, 'ERR_PAYLOAD_TOO_LARGE'],
      [PICTURE.subarray(0, 90_000), 413, 'ERR_IMAGE_TOO_LARGE'],
    ];
    for (const [body, status, code] of cases) {
      const got = await post(service, '', body);
      assert.deepEqual([got.status, got.answer.code], [status, code]);
    }
  });

  it('refuses a body that only turns out too large while it is read', async () => {
    await using broker = await startBroker();
    const env = { ...INSPECT, FLAWLINE_LIMITS_MAX_PAYLOAD_BYTES: '2000' };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    const headers = { 'transfer-encoding': 'chunked' };
    const url = new URL('inspect', service.service.http.url).href;
    const { status } = await ask(url, { method: 'POST', headers, body: new Uint8Array(3000) });
    assert.equal(status, 413);
  });

  it('is not there unless it is configured', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url });
    assert.equal((await post(service)).status, 404);
  });
});

describe('flawline/<clientId>/request/infer', { skip: brokerMissing }, () => {
  const REQUEST = 'flawline/flawline/request/infer';
  const RESPONSE = 'flawline/me/response/1';

  it('is answered on the response topic with the correlation data, not retained, and is in no ledger', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url });
    await using answers = await collect(broker.url, RESPONSE);
    await using client = await connectClient(broker.url);
    const properties = {
      responseTopic: RESPONSE,
      correlationData: Buffer.from('c1'),
      userProperties: { where: 'defect > 5', render: 'none' },
    };
    await client.publish(REQUEST, PICTURE, { qos: 1, properties });
    await answers.count(1);
    const [message] = answers.messages;
    const answer = JSON.parse(answers.texts()[0] ?? '');
    assert.deepEqual([answer.defect, answer.where.matches, answer.afterProcess], [3, false, null]);
    assert.deepEqual([message?.retain, message?.properties?.correlationData?.toString()], [false, 'c1']);
    await using late = await collect(broker.url, [RESPONSE, 'flawline/flawline/state']);
    await late.count(1);
    assert.deepEqual([late.messages[0]?.topic, service.service.ledger().received], ['flawline/flawline/state', 0]);
  });

  it('answers with the error and its code when the picture is refused', async () => {
    await using broker = await startBroker();
    await using _service = await startTestService({ brokerUrl: broker.url });
    await using answers = await collect(broker.url, RESPONSE);
    await using client = await connectClient(broker.url);
    await client.publish(REQUEST, 'nonsense', { qos: 1, properties: { responseTopic: RESPONSE } });
    await answers.count(1);
    assert.equal(JSON.parse(answers.texts()[0] ?? '').code, 'ERR_PAYLOAD_JSON');
  });

  it('never answers where reply.allow does not allow it, or where pictures come from', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_REPLY_ALLOW: 'flawline/+/response/#,openvino_demo' };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    await using seen = await collect(broker.url, ['elsewhere/#', 'openvino_demo', RESPONSE]);
    await using client = await connectClient(broker.url);
    for (const responseTopic of ['elsewhere/1', 'openvino_demo', RESPONSE]) {
      await client.publish(REQUEST, pictureMessage(), { qos: 1, properties: { responseTopic } });
    }
    await seen.count(1);
    await until('it is told', () => service.log.some((line) => line.includes('reply.allow')));
    assert.deepEqual(
      seen.messages.map(({ topic }) => topic),
      [RESPONSE],
    );
  });

  it('is answered again after the broker was away', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url });
    await broker.stop();
    await broker.start();
    await until('it is ready again', () => service.service.readiness().ready);
    await using answers = await collect(broker.url, RESPONSE);
    await using client = await connectClient(broker.url);
    await client.publish(REQUEST, pictureMessage(), { qos: 1, properties: { responseTopic: RESPONSE } });
    await answers.count(1);
  });
});

describe('result.render', { skip: brokerMissing }, () => {
  const cases = [
    ['pair', 'image/jpeg', 512, 256],
    ['overlay', 'image/jpeg', 1280, 960],
    ['mask', 'image/png', 256, 256],
  ] as const;
  for (const [render, type, wide, high] of cases) {
    it(`${render} with encoding binary publishes the picture's own bytes as ${type}`, async () => {
      await using broker = await startBroker();
      const env = { FLAWLINE_RESULT_RENDER: render, FLAWLINE_RESULT_ENCODING: 'binary' };
      await using _service = await startTestService({ brokerUrl: broker.url, env });
      await using results = await collect(broker.url, 'ekuiper/defect');
      await using client = await connectClient(broker.url);
      await client.publish('openvino_demo', PICTURE);
      await results.count(1);
      const { width, height, format } = await sharp(results.messages[0]?.payload as Buffer).metadata();
      assert.deepEqual([width, height, `image/${format}`], [wide, high, type]);
      assert.equal(results.messages[0]?.properties?.contentType, type);
    });
  }

  it('none publishes the fields without a picture', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_RESULT_RENDER: 'none', FLAWLINE_RESULT_FIELDS: 'defect,afterProcess' };
    await using _service = await startTestService({ brokerUrl: broker.url, env });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using client = await connectClient(broker.url);
    await client.publish('openvino_demo', PICTURE);
    await results.count(1);
    assert.equal(results.texts()[0], '{"afterProcess":null,"defect":3}');
  });
});
