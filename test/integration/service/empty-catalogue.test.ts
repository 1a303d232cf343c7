/** A service without any stream, model and rule, as REST begins with. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { startTestService } from '../../support/service/service.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

it('is ready and stops', { skip: brokerMissing }, async () => {
  await using folder = await makeTemporaryFolder();
  await using broker = await startBroker();
  const env = {
    FLAWLINE_MODEL_PATH: '',
    FLAWLINE_REST_ENABLED: 'true',
    FLAWLINE_REST_PORT: '0',
    FLAWLINE_CATALOGUE_PATH: folder.path,
  };
  await using test = await startTestService({ brokerUrl: broker.url, env });
  assert.deepEqual(test.service.readiness().reasons, []);
  assert.ok(!/Received SUBSCRIBE from flawline \(/.test(broker.log()));
  assert.equal(await test.stop(), 0);
});
