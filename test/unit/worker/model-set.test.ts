/** What would go wrong: an idle worker keeps the buffers of every model that it had. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { loadConfig } from '../../../src/config/load.js';
import { prepareWorkers } from '../../../src/service/prepare.js';
import { openModelSet } from '../../../src/worker/model-set.js';
import { fakeEngine } from '../../support/engine/fake-engine.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';

test('the buffers of a model that is removed are given back at once', async () => {
  const engine = fakeEngine();
  const models = await openModelSet(engine);
  const env = { FLAWLINE_MODEL_PATH: await modelWithoutSelfTest() };
  const { config } = loadConfig({ env, cwd: '/', cores: 1, hostname: 'test', useDefaultFile: false });
  const { setup } = await prepareWorkers(config, { env, cwd: '/', engine });
  await models.change({ type: 'add-model', model: { setup, shared: undefined } });
  const buffers = [new WeakRef(models.unitOf(setup.key).request.input.buffer)];
  await setImmediate(); // what a WeakRef gave stays until the end of the turn
  await models.change({ type: 'remove-model', key: setup.key });
  assert.equal(buffers[0]?.deref(), undefined);
  models.close();
});
