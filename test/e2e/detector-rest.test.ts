/** A detector of the shape of an Ultralytics export, brought and used over eKuiper's REST: zip, stream, rule in SQL, results, page. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { brokerMissing, startBroker, type TestBroker } from '../support/broker/broker.js';
import { collect } from '../support/broker/client.js';
import { browserMissing, openPage } from '../support/browser.js';
import { engineHere } from '../support/engine/engines-here.js';
import { pluginZip } from '../support/service/plugin-zip.js';
import { type RestService, startRestService } from '../support/service/rest-service.js';
import { until } from '../support/until.js';

const MODEL = fileURLToPath(new URL('../../../test/vectors/tasks/yolo-detect/', import.meta.url));
const SIZE = { width: 1280, height: 960 };
const SPOT = { x: 512, y: 384, side: 256 };
const FIELDS =
  'inference(image)->base64 AS afterProcess, inference(image)->defects AS defects, inference(image)->regions AS regions, part';
const engine = engineHere('openvino-capi');

/** A spot on grey, in the colour that the model takes for one of its classes. */
async function spotted(colour: string): Promise<string> {
  const { x, y, side } = SPOT;
  const spot = await sharp({ create: { width: side, height: side, channels: 3, background: colour } })
    .png()
    .toBuffer();
  const picture = sharp({ create: { ...SIZE, channels: 3, background: '#808080' } });
  const bytes = await picture.composite([{ input: spot, left: x, top: y }]).jpeg({ quality: 90 });
  return (await bytes.toBuffer()).toString('base64');
}

interface Published {
  readonly afterProcess: string;
  readonly defects: Readonly<Record<string, number>>;
  readonly regions: readonly { x: number; y: number; width: number; height: number; class: string; score: number }[];
  readonly part: number;
}

const skip = brokerMissing || (typeof engine === 'string' ? engine : false);

describe('a detector over REST', { skip }, () => {
  let broker: TestBroker;
  let rest: RestService;

  const ruleOn = (where: string) => ({
    id: 'scratches',
    sql: `SELECT ${FIELDS} FROM line WHERE ${where}`,
    actions: [{ mqtt: { server: `tcp://127.0.0.1:${broker.port}`, topic: 'scratched', sendSingle: true } }],
  });

  before(async () => {
    assert.ok(typeof engine !== 'string');
    broker = await startBroker();
    rest = await startRestService({ brokerUrl: broker.url, engine });
    const metadata = { name: 'models/metadata.yaml', data: await readFile(join(MODEL, 'metadata.yaml')) };
    await rest.folder.write('yolo.zip', await pluginZip({ model: MODEL, entries: [metadata] }));
    const others = metadata.data.toString().replace('0: scratch', '0: crack');
    const entries = [{ ...metadata, data: Buffer.from(others) }];
    await rest.folder.write('cracks.zip', await pluginZip({ model: MODEL, entries }));
  });
  after(async () => {
    await rest?.[Symbol.asyncDispose]();
    await broker?.[Symbol.asyncDispose]();
  });

  it('is brought as its exporter wrote it, and asked for by a class', async () => {
    const file = `file://${rest.folder.path}/yolo.zip`;
    const plugin = await rest.call('POST', '/plugins/functions', { name: 'defect', file });
    assert.equal(plugin.status, 201, plugin.text);
    const stream = await rest.call('POST', '/streams', { sql: 'CREATE STREAM line () WITH (DATASOURCE="line/1")' });
    assert.equal(stream.status, 201, stream.text);
    const rule = await rest.call('POST', '/rules', ruleOn('inference(image)->defects->scratch > 0'));
    assert.deepEqual([rule.status, rule.text], [201, 'Rule scratches was created successfully.']);
  });

  it('publishes the pictures with scratches alone, with their objects in pixels of the picture', async () => {
    await using results = await collect(broker.url, 'scratched');
    for (const [part, colour] of ['#808080', '#2020d0', '#d02020', '#20d020'].entries()) {
      await results.publish('line/1', JSON.stringify({ image: await spotted(colour), part }));
    }
    await until('all four are settled', () => {
      const { received, inFlight } = rest.service.service.ledger();
      return received === 4 && inFlight === 0;
    });
    const texts = results.texts();
    assert.equal(texts.length, 1);
    const { part, defects, regions, afterProcess } = JSON.parse(texts[0] ?? '') as Published;
    assert.equal(part, 2);
    assert.deepEqual(defects, { scratch: regions.length, 'big dent': 0, stain: 0 });
    assert.ok(regions.length > 0);
    for (const { x, y, width, height, class: name, score } of regions) {
      assert.equal(name, 'scratch');
      assert.ok(score > 0.25 && score <= 1);
      const isWithin = (middle: number, from: number) => middle > from - 128 && middle < from + SPOT.side + 128;
      assert.ok(
        isWithin(x + width / 2, SPOT.x) && isWithin(y + height / 2, SPOT.y),
        JSON.stringify({ x, y, width, height }),
      );
    }
    const { width, height } = await sharp(Buffer.from(afterProcess, 'base64')).metadata();
    assert.deepEqual([width, height], [320, 160]);
    assert.equal(await rest.service.metric('flawline_rule_matches_total{rule="scratches"}'), 1);
    assert.equal(await rest.service.metric('flawline_model_pictures_total{model="defect"}'), 4);
    assert.equal(await rest.service.metric('flawline_model_defective_total{model="defect"}'), 3);
    const status = JSON.parse((await rest.call('GET', '/rules/scratches/status')).text) as Record<string, number>;
    const filtered = Object.entries(status).filter(([key]) => /filter_0_records_(in|out)_total$/.test(key));
    assert.deepEqual(
      filtered.map(([, count]) => count),
      [4, 1],
    );
  });

  it('shows them on the page, with names and scores', { skip: browserMissing }, async () => {
    await using tab = await openPage();
    await tab.page.goto(rest.service.service.http.url);
    await tab.page.locator('#picture').waitFor();
    await tab.page.locator('#enlarge').press('Enter');
    await tab.page.locator('#regions tbody tr').first().waitFor();
    assert.match((await tab.page.locator('#regions tbody tr').first().textContent()) ?? '', /scratch0\.\d{3}$/);
    assert.deepEqual(tab.complaints, []);
  });

  for (const [where, reason] of [
    ['inference(image)->defects->scrach > 0', /the model has no class scrach \(did you mean scratch\?\)/],
    ['inference(image)->defekts->scratch > 0', /function inference gives no defekts \(did you mean defects\?\)/],
  ] as const) {
    it(`refuses ${where}, which no picture could fulfil`, async () => {
      const { status, text } = await rest.call('PUT', '/rules/scratches', ruleOn(where));
      assert.equal(status, 400);
      assert.match(text, reason);
    });
  }

  it('is not exchanged for a model without the class that a rule asks for', async () => {
    const file = `file://${rest.folder.path}/cracks.zip`;
    const { status, text } = await rest.call('PUT', '/plugins/functions/defect', { name: 'defect', file });
    assert.equal(status, 400);
    assert.match(text, /the model has no class scratch \(known: crack, big dent, stain\)/);
  });

  it('is asked for a class with a blank in its name', async () => {
    await using results = await collect(broker.url, 'scratched');
    const rule = await rest.call('PUT', '/rules/scratches', ruleOn('inference(image)->defects->`big dent` > 0'));
    assert.equal(rule.status, 200, rule.text);
    await results.publish('line/1', JSON.stringify({ image: await spotted('#2020d0'), part: 9 }));
    await results.count(1);
    const { part, defects } = JSON.parse(results.texts()[0] ?? '') as Published;
    assert.equal(part, 9);
    assert.ok((defects['big dent'] ?? 0) > 0);
  });
});
