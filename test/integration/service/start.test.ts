/** What keeps a service from starting, told although other things were begun meanwhile; nothing of them stays. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../src/config/load.js';
import { type Plan, planWorkers } from '../../../src/service/prepare.js';
import { startService } from '../../../src/service/startup.js';
import { ServiceError } from '../../../src/std/errors.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { fakeEngine } from '../../support/engine/fake-engine.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';

async function start(env: Readonly<Record<string, string>>, replan: (plan: Plan) => Plan = (plan) => plan) {
  const model = { FLAWLINE_MODEL_PATH: await modelWithoutSelfTest(), FLAWLINE_WORKERS_STREAMS: '1' };
  const all = { FLAWLINE_HTTP_PORT: '0', ...model, ...env };
  const { config } = loadConfig({ env: all, cwd: '/', cores: 2, hostname: 'test', useDefaultFile: false });
  const log: string[] = [];
  const logger = createLogger({ level: 'debug', secrets: [], destination: { write: (line) => void log.push(line) } });
  const parts = { logger, env: {}, cwd: '/', random: Math.random, engine: fakeEngine() };
  const planning = planWorkers(config, parts).then(replan);
  return { log, started: startService(config, parts, planning) };
}

describe('startService()', () => {
  it('refuses a runtime that fails its probe, whose model would compile', async () => {
    const refusal = new ServiceError('ERR_RUNTIME_LOAD', 'the library crashes');
    const { log, started } = await start({}, (plan) => ({ ...plan, probed: Promise.reject(refusal) }));
    await assert.rejects(started, refusal);
    assert.ok(!log.some((line) => line.includes('workers are ready')));
  });

  it('refuses a port that is taken when the probe is over', async () => {
    await using server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const ended: string[] = [];
    const { started } = await start({ FLAWLINE_HTTP_PORT: String(address.port) }, (plan) => ({
      ...plan,
      probed: new Promise((resolve) => setImmediate(resolve, undefined)).then(() => void ended.push('probe')),
    }));
    await started.catch(() => ended.push('start'));
    assert.deepEqual(ended, ['probe', 'start']);
  });

  it('refuses a model that is not there', async () => {
    const { started } = await start({ FLAWLINE_MODEL_PATH: '/nowhere' });
    await assert.rejects(started, { code: 'ERR_MODEL_LOAD' });
  });
});
