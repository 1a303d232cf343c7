/**
 * What eKuiper did with payloads of every kind, each published alone, asked here: the results, and which step counted a fault. The
 * recording is in test/vectors/ekuiper/payloads.json; `here` and `why` say where this service differs on purpose.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect } from '../../support/broker/client.js';
import { startRestService } from '../../support/service/rest-service.js';
import { until } from '../../support/until.js';
import { loadEqualVectors, readVectorFile } from '../../vectors/load-vectors.js';

interface Outcome {
  readonly results: number;
  /** Step that counted an exception. */
  readonly exception?: 'decoder' | 'filter';
}

interface Recorded extends Outcome {
  readonly payload: string;
  readonly here?: Outcome;
  readonly why?: string;
}

const jpeg = readVectorFile(loadEqualVectors().find(({ file }) => file.endsWith('.jpg'))?.file ?? '');
const image = jpeg.toString('base64');

const PAYLOADS: Readonly<Record<string, string | Buffer>> = {
  'valid image': JSON.stringify({ image }),
  'truncated JPEG (first half)': JSON.stringify({ image: jpeg.subarray(0, jpeg.length / 2).toString('base64') }),
  'random bytes as base64': JSON.stringify({ image: Buffer.from('no picture at all').toString('base64') }),
  'empty string': JSON.stringify({ image: '' }),
  'not base64': JSON.stringify({ image: 'not base64!' }),
  'non-ASCII string': JSON.stringify({ image: 'ab\u00fc\u00e4' }),
  'data URI': JSON.stringify({ image: `data:image/jpeg;base64,${image}` }),
  'base64 with line breaks': JSON.stringify({ image: image.replace(/.{76}/g, '$&\n') }),
  'base64url, no padding': JSON.stringify({
    image: Buffer.concat([jpeg, Buffer.from([0xfb])])
      .toString('base64url')
      .replace(/=/g, ''),
  }),
  'missing field': '{}',
  null: JSON.stringify({ image: null }),
  number: JSON.stringify({ image: 5 }),
  array: JSON.stringify({ image: [image] }),
  'not JSON': 'hello',
  'empty payload': '',
  'JSON scalar': '5',
  'JSON null': 'null',
  'JSON array of two events': JSON.stringify([{ image }, { image }]),
  'extra fields': JSON.stringify({ image, a: 1, b: { c: [2] } }),
  'duplicate key': `{"image":"${image}","image":"${image}"}`,
  'invalid UTF-8': Buffer.from([0x7b, 0x22, 0x69, 0x6d, 0x61, 0x67, 0x65, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
};

it('has for every payload the results and the fault that eKuiper had, but for what is listed', {
  skip: brokerMissing,
}, async () => {
  const file = new URL('../../../../test/vectors/ekuiper/payloads.json', import.meta.url);
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as readonly Recorded[];
  assert.deepEqual(
    recorded.map(({ payload }) => payload),
    Object.keys(PAYLOADS),
  );
  await using broker = await startBroker();
  await using rest = await startRestService({ brokerUrl: broker.url });
  await rest.call('POST', '/plugins/functions', { name: 'defect', file: `file://${rest.folder.path}/defect.zip` });
  await rest.call('POST', '/streams', { sql: 'CREATE STREAM openvino_demo () WITH (DATASOURCE="openvino_demo")' });
  const sql =
    'SELECT image as origin, inference(image)->base64 as afterProcess from openvino_demo WHERE inference(image)->defect >=0';
  const actions = [{ mqtt: { server: broker.url, sendSingle: true, topic: 'ekuiper/defect' } }];
  await rest.call('POST', '/rules', { id: 'ruleOp', sql, actions });
  await until('the stream is subscribed', () => rest.service.service.readiness().ready);
  await using results = await collect(broker.url, 'ekuiper/defect');

  async function figures(): Promise<Readonly<Record<string, number>>> {
    return JSON.parse((await rest.call('GET', '/rules/ruleOp/status')).text) as Record<string, number>;
  }
  async function outcomeOf(payload: string | Buffer, events: number): Promise<Outcome> {
    const before = await figures();
    const had = results.messages.length;
    await results.publish('openvino_demo', payload);
    const key = 'source_openvino_demo_0_records_in_total';
    await until('it is settled', async () => ((await figures())[key] ?? 0) >= (before[key] ?? 0) + events);
    const after = await figures();
    const published =
      (after['sink_mqtt_0_0_records_out_total'] ?? 0) - (before['sink_mqtt_0_0_records_out_total'] ?? 0);
    await results.count(had + published);
    const grown = (['decoder', 'filter'] as const).find((step, index) => {
      const total = `op_${index + 2}_${step}_0_exceptions_total`;
      return (after[total] ?? 0) > (before[total] ?? 0);
    });
    return { results: published, ...(grown && { exception: grown }) };
  }

  for (const { payload, here, why, results: count, exception } of recorded) {
    const expected = here ?? { results: count, ...(exception && { exception }) };
    assert.deepEqual(
      await outcomeOf(PAYLOADS[payload] ?? '', payload.includes('two events') ? 2 : 1),
      expected,
      payload,
    );
    assert.equal(here === undefined, why === undefined, payload);
  }
  assert.match((await rest.call('GET', '/rules')).text, /"status":"running"/);
});
