import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { fakeEngine } from '../../support/engine/fake-engine.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService } from '../../support/service/service.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const RECOVERY_MS = 20_000;

describe('a worker that fails the self-test of its start', { skip: brokerMissing }, () => {
  it('turns /readyz red, and green again when it passes, without a later self-test', async () => {
    await using folder = await makeTemporaryFolder();
    const unsteadyWhile = join(folder.path, 'unsteady');
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine: fakeEngine({ fault: 'exit', onByte: 255, once: join(folder.path, 'died'), unsteadyWhile }),
      env: { FLAWLINE_WORKERS_COUNT: '1', FLAWLINE_MODEL_SELF_TEST_INTERVAL_SECONDS: '0' },
    });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    await writeFile(unsteadyWhile, '');
    await publisher.publish('openvino_demo', pictureMessage('images/syn_white.png'));
    const isRed = () =>
      service.service.readiness().reasons.some((reason) => reason.includes('Cannot trust the engine'));
    await until('it is red', isRed);
    await rm(unsteadyWhile);
    await results.count(1);
    await until('it is green', () => service.service.readiness().ready, RECOVERY_MS);
    assert.deepEqual(service.service.readiness().reasons, []);
  });
});
