/** The sample pictures through the whole service with the shipped model: expected.json was made by OpenCV and OpenVINO in Python. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { engineHere, PACKAGE_ROOT } from '../../support/engine/engines-here.js';
import { startTestService } from '../../support/service/service.js';

const SAMPLES = join(PACKAGE_ROOT, 'models/samples');
/** Processors add in another order: that many pixels may lie so near to the threshold that they change side. */
const MAX_CHANGED_PIXELS = 3;

const MODEL = join(PACKAGE_ROOT, 'models/surface-defect');

const engine = engineHere('openvino-capi');
const { input }: { input: { width: number; height: number } } = JSON.parse(
  readFileSync(join(MODEL, 'model.json'), 'utf8'),
);
const expected: Readonly<Record<string, { defect: number; whitePixels: number }>> = JSON.parse(
  readFileSync(join(SAMPLES, 'expected.json'), 'utf8'),
);

describe('the service with the shipped model', { skip: typeof engine === 'string' ? engine : brokerMissing }, () => {
  it('finds on every sample picture what is written beside it', async () => {
    if (typeof engine === 'string') return;
    await using broker = await startBroker();
    const env = {
      FLAWLINE_MODEL_PATH: MODEL,
      FLAWLINE_RULE_WHERE: 'defect >= 0',
      FLAWLINE_RESULT_FIELDS: 'defect,area',
    };
    await using _service = await startTestService({ brokerUrl: broker.url, engine, env });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    for (const [index, [file, { defect, whitePixels }]] of Object.entries(expected).entries()) {
      await publisher.publish('openvino_demo', readFileSync(join(SAMPLES, file)));
      await results.count(index + 1);
      const found: { defect: number; area: number } = JSON.parse(results.texts()[index] ?? '');
      assert.equal(found.defect, defect, file);
      const difference = Math.abs(found.area * input.width * input.height - whitePixels);
      assert.ok(difference <= MAX_CHANGED_PIXELS, `${file}: ${difference} pixels differ`);
    }
  });
});
