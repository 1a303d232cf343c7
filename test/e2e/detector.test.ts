/** A detector of the shape of an Ultralytics export, from the message to results, metrics and the live page. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { brokerMissing, startBroker } from '../support/broker/broker.js';
import { collect, connectClient } from '../support/broker/client.js';
import { browserMissing, openPage } from '../support/browser.js';
import { engineHere } from '../support/engine/engines-here.js';
import { startTestService } from '../support/service/service.js';
import { until } from '../support/until.js';
import { readVectorFile } from '../vectors/load-vectors.js';

const MODEL = fileURLToPath(new URL('../../../test/vectors/tasks/yolo-detect/model.xml', import.meta.url));
const SIZE = { width: 1280, height: 960 };
const engine = engineHere('openvino-capi');
const ENV = {
  FLAWLINE_MODEL_PATH: MODEL,
  FLAWLINE_RULE_WHERE: 'defects.scratch > 0',
  FLAWLINE_RESULT_FIELDS: 'origin,afterProcess,defect,defects,area,largest,score,regions,width,height',
};

interface Result {
  readonly defect: number;
  readonly defects: Readonly<Record<string, number>>;
  readonly score: number;
  readonly area: number;
  readonly regions: readonly { x: number; y: number; width: number; height: number; class: string; score: number }[];
}

/** Red, blue and green spots on grey: scratches, dents and stains. */
async function part(): Promise<string> {
  const picture = sharp(readVectorFile('tasks/pictures/part.png')).resize({ ...SIZE, fit: 'fill' });
  return JSON.stringify({ image: (await picture.jpeg({ quality: 90 }).toBuffer()).toString('base64') });
}

async function plain(): Promise<string> {
  const picture = sharp({ create: { ...SIZE, channels: 3, background: '#808080' } });
  return JSON.stringify({ image: (await picture.jpeg().toBuffer()).toString('base64') });
}

const skip = brokerMissing || (typeof engine === 'string' ? engine : false);

describe('a detector in the service', { skip }, () => {
  it('publishes objects in pixels of the picture, and nothing where the rule does not hold', async () => {
    assert.ok(typeof engine !== 'string');
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine,
      env: { ...ENV, FLAWLINE_MODEL_MAX_OBJECTS: '20' },
    });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', await plain());
    await publisher.publish('openvino_demo', await part());
    await results.count(1);
    await until('both are settled', () => service.service.ledger().inFlight === 0);
    assert.equal(results.texts().length, 1);
    const result = JSON.parse(results.texts()[0] ?? '') as Result;
    assert.equal(result.defect, 20);
    assert.ok((result.defects['scratch'] ?? 0) > 0);
    assert.deepEqual(Object.keys(result.defects), ['scratch', 'big dent', 'stain']);
    assert.equal(result.regions.length, 20);
    for (const { x, y, width, height, class: name, score } of result.regions) {
      assert.ok(x >= 0 && y >= 0 && x + width <= SIZE.width && y + height <= SIZE.height);
      assert.ok(Object.hasOwn(result.defects, name) && score > 0.25 && score <= result.score);
    }
    assert.ok(result.area > 0 && result.area <= 1);
    assert.equal(await service.metric('flawline_rule_matches_total{rule="default"}'), 1);
    assert.ok((await service.metric('flawline_candidates_cut_total')) > 0);
  });

  it('shows names and scores on the page', { skip: browserMissing }, async () => {
    assert.ok(typeof engine !== 'string');
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, engine, env: ENV });
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', await part());
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await tab.page.locator('#picture').waitFor();
    await tab.page.locator('#enlarge').press('Enter');
    await tab.page.locator('#regions tbody tr').first().waitFor();
    const row = await tab.page.locator('#regions tbody tr').first().textContent();
    assert.match(row ?? '', /(scratch|big dent|stain)0\.\d{3}$/);
    assert.match((await tab.page.locator('#full-measures').textContent()) ?? '', /big dent/);
    assert.deepEqual(tab.complaints, []);
  });

  it('refuses a rule on a class that the model does not have, with the nearest name', async () => {
    assert.ok(typeof engine !== 'string');
    await using broker = await startBroker();
    const start = startTestService({
      brokerUrl: broker.url,
      engine,
      env: { ...ENV, FLAWLINE_RULE_WHERE: 'defects["big dents"] > 0' },
    });
    await assert.rejects(start, { code: 'ERR_CONFIG', message: /did you mean big dent\?/ });
  });
});
