/** From a picture on a real broker to a result on it, through real worker threads; the engine is the fake. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService } from '../../support/service/service.js';
import { until } from '../../support/until.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const DEAD_LETTER = 'flawline/flawline/dead-letter';

describe('the service on mosquitto', { skip: brokerMissing }, () => {
  it('answers a picture with exactly afterProcess and origin, not retained', async () => {
    await using broker = await startBroker();
    await using _service = await startTestService({ brokerUrl: broker.url });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const image = readVectorFile('images/syn_color.jpg').toString('base64');
    await publisher.publish('openvino_demo', JSON.stringify({ image }));
    await results.count(1);
    const [message] = results.messages;
    const result = JSON.parse(String(message?.payload));
    assert.deepEqual(Object.keys(result), ['afterProcess', 'origin']);
    assert.equal(result.origin, image);
    assert.equal(Buffer.from(result.afterProcess, 'base64').readUInt16BE(0), 0xffd8);
    assert.equal(message?.retain, false);
  });

  it('says on MQTT 5 what the result is, and passes the properties of the input on', async () => {
    await using broker = await startBroker();
    await using _service = await startTestService({ brokerUrl: broker.url });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const properties = { userProperties: { id: 'picture-7', traceparent: '00-ab-cd-01' } };
    await publisher.publish('openvino_demo', pictureMessage(), { qos: 1, properties });
    await results.count(1);
    const said = results.messages[0]?.properties;
    assert.equal(said?.contentType, 'application/json');
    assert.equal(said?.payloadFormatIndicator, true);
    assert.deepEqual(
      { ...said?.userProperties },
      {
        id: 'picture-7',
        defect: '0',
        model: 'fake-model@c3ca5cc7',
        ok: 'true',
        rule: 'default',
        topic: 'openvino_demo',
        traceparent: '00-ab-cd-01',
      },
    );
  });

  it('says whether a picture passes: in the result where that is named, as property and as metric', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_RULE_OK: 'msg.line == 3', FLAWLINE_RESULT_FIELDS: 'id,ok' };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    await using results = await collect(broker.url, ['ekuiper/defect', DEAD_LETTER]);
    await using publisher = await connectClient(broker.url);
    const fields = [{ line: 3, id: 'pass' }, { line: 4, id: 'reject' }, { id: 'unknown' }];
    for (const each of fields) await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', each));
    await results.count(3);
    const said = results.messages.map(({ payload, properties }) => {
      const { id, ok, code } = JSON.parse(String(payload));
      return [id, ok, properties?.userProperties?.['ok'], code];
    });
    assert.deepEqual(said.toSorted(), [
      ['pass', true, 'true', undefined],
      ['reject', false, 'false', undefined],
      ['unknown', undefined, undefined, 'ERR_PREDICATE'],
    ]);
    await until('all are counted', () => service.service.ledger().inFlight === 0);
    for (const ok of ['true', 'false']) {
      assert.equal(await service.metric(`flawline_rule_verdicts_total{rule="default",ok="${ok}"}`), 1);
    }
  });

  it('knows the camera by a field of the message, also of one whose predicate fails', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_CAMERAS_BY: 'msg.camera', FLAWLINE_RULE_WHERE: 'msg.line > 0' };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    await using publisher = await connectClient(broker.url);
    for (const fields of [{ camera: 'left/1', line: 1 }, { camera: 'left/1' }, { line: 1 }]) {
      await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', fields));
    }
    const settled = () => service.service.ledger().received === 3 && service.service.ledger().inFlight === 0;
    await until('all are settled', settled);
    assert.equal(await service.metric('flawline_camera_pictures_total{camera="left_1"}'), 1);
    assert.equal(await service.metric('flawline_camera_dead_letters_total{camera="left_1"}'), 1);
  });

  it('takes the bytes of a picture as they are', async () => {
    await using broker = await startBroker();
    await using _service = await startTestService({ brokerUrl: broker.url });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const bytes = readVectorFile('images/syn_color.jpg');
    await publisher.publish('openvino_demo', bytes);
    await results.count(1);
    assert.equal(JSON.parse(results.texts()[0] ?? '').origin, bytes.toString('base64'));
  });

  it('publishes results in the order of arrival although several workers inspect', async () => {
    await using broker = await startBroker();
    await using _service = await startTestService({
      brokerUrl: broker.url,
      env: { FLAWLINE_RESULT_FIELDS: 'id', FLAWLINE_WORKERS_COUNT: '3' },
    });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const ids = Array.from({ length: 30 }, (_, n) => `${n}`);
    // Every third picture is large and takes longest.
    const file = (n: number) => (n % 3 === 0 ? 'images/syn_large_4000x3000.jpg' : 'images/syn_3x2.png');
    for (const [n, id] of ids.entries()) await publisher.publish('openvino_demo', pictureMessage(file(n), { id }));
    await results.count(ids.length);
    assert.deepEqual(
      results.texts().map((text) => JSON.parse(text).id),
      ids,
    );
  });

  it('filters a picture that the rule does not want, without a result or a dead letter', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      env: { FLAWLINE_RULE_WHERE: 'msg.line == 3' },
    });
    await using results = await collect(broker.url, ['ekuiper/defect', DEAD_LETTER]);
    await using publisher = await connectClient(broker.url);
    for (const line of [1, 3, 2])
      await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { line, id: `${line}` }));
    await until('all are settled', () => {
      const { received, inFlight } = service.service.ledger();
      return received === 3 && inFlight === 0;
    });
    await results.count(1);
    assert.deepEqual(
      results.messages.map(({ properties }) => properties?.userProperties?.['id']),
      ['3'],
    );
  });

  it('keeps its session: pictures sent while it is down are inspected after its start', async () => {
    await using broker = await startBroker();
    const first = await startTestService({ brokerUrl: broker.url });
    await first.stop();
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', pictureMessage());
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using _second = await startTestService({ brokerUrl: broker.url });
    await results.count(1);
  });

  it('tells its state: online while it runs, offline after its stop, retained', async () => {
    await using broker = await startBroker();
    await using states = await collect(broker.url, 'flawline/flawline/state');
    const service = await startTestService({ brokerUrl: broker.url });
    await states.count(1);
    await service.stop();
    await states.count(2);
    await using late = await collect(broker.url, 'flawline/flawline/state');
    await late.count(1);
    assert.deepEqual(
      [...states.texts(), ...late.texts()].map((text) => JSON.parse(text).state),
      ['online', 'offline', 'offline'],
    );
    const whileStopping = service.log.slice(service.log.findIndex((line) => line.includes('"msg":"stopping"')));
    assert.deepEqual(
      whileStopping.filter((line) => /"level":"(warn|error)"|"msg":"ready"/.test(line)),
      [],
    );
  });
});
