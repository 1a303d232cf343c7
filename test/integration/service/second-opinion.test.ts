/**
 * What would go wrong: a service counts contours for years and nobody notices that it counts something else than OpenCV, which
 * its users take it for.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { TEST_MODEL } from '../../support/engine/test-model.js';
import { startTestService, type TestService } from '../../support/service/service.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { vectorPath } from '../../vectors/load-vectors.js';

const PIXELS = 256 * 256;

/** A model whose self-test the fake engine passes: it makes of a white picture a white mask, whose border is one contour. */
async function modelOfWhite(folder: TemporaryFolder): Promise<string> {
  for (const file of ['model.xml', 'model.bin']) await copyFile(join(TEST_MODEL, file), join(folder.path, file));
  await copyFile(vectorPath('images/syn_white.png'), join(folder.path, 'white.png'));
  const maskSha256 = createHash('sha256').update(Buffer.alloc(PIXELS, 255)).digest('hex');
  const selfTest = { picture: 'white.png', defect: 1, maskSha256, whitePixels: PIXELS };
  await writeFile(join(folder.path, 'model.json'), JSON.stringify({ name: 'white', version: '1', selfTest }));
  return folder.path;
}

const opinions = ({ log }: TestService) => log.filter((line) => line.includes('OpenCV counts the same'));

describe('the second opinion of the self-test', { skip: brokerMissing }, () => {
  it('is asked after the start, though no self-test follows', async () => {
    await using folder = await makeTemporaryFolder();
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      env: { FLAWLINE_MODEL_PATH: await modelOfWhite(folder), FLAWLINE_MODEL_SELF_TEST_INTERVAL_SECONDS: '0' },
    });
    await until('OpenCV has counted', () => opinions(service).length === 1);
    assert.equal(JSON.parse(opinions(service)[0] ?? '{}').contours, 1);
    assert.equal(await service.metric('flawline_self_test_success'), 1);
  });

  it('is asked at every self-test', async () => {
    await using folder = await makeTemporaryFolder();
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      env: { FLAWLINE_MODEL_PATH: await modelOfWhite(folder), FLAWLINE_MODEL_SELF_TEST_INTERVAL_SECONDS: '1' },
    });
    await until('OpenCV has counted twice', () => opinions(service).length >= 2);
    assert.equal(service.service.readiness().ready, true);
  });
});
