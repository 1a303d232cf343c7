import { loadConfig } from '../../src/config/load.js';
import type { Job } from '../../src/domain/inspection.js';
import { isolatedProcessSpawner } from '../../src/quarantine/isolated-process.js';
import { prepareWorkers } from '../../src/service/prepare.js';
import { fakeEngine } from '../support/engine/fake-engine.js';
import { modelWithoutSelfTest } from '../support/engine/test-model.js';
import { pictureMessage } from '../support/pictures/payloads.js';
import { fakeIsolatedProcesses } from '../support/process/fake-isolated-process.js';
import { isolatedProcessContract } from './isolated-process.js';

const PATIENCE_MS = { short: 1_000, long: 600_000 };
const FAULTS = {
  throws: 'throw',
  crashes: 'crash',
  exits: 'exit',
  'is killed': 'kill',
  hangs: 'hang',
  'cannot start': 'throw',
} as const;
const ENDS = {
  throws: { end: 'survived' },
  crashes: { end: 'crashed', how: 'SIGSEGV' },
  exits: { end: 'crashed', how: 'exit code 9' },
  'is killed': { end: 'killed', how: 'SIGKILL' },
  hangs: { end: 'late' },
  'cannot start': { end: 'could-not-start', how: 'no model' },
} as const;

function jobOf(text: string): Job {
  return { topic: 't', payload: Buffer.from(text), properties: { user: [] }, receivedAtMs: 0 };
}

isolatedProcessContract({
  name: 'child process',
  healthy: jobOf(pictureMessage('images/syn_black.png')),
  culprit: jobOf(pictureMessage('images/syn_white.png')),
  async spawner(fate, patience) {
    const { config } = loadConfig({
      env: { FLAWLINE_MQTT_URL: 'mqtt://localhost', FLAWLINE_MODEL_PATH: await modelWithoutSelfTest() },
      cwd: '/',
      cores: 1,
      hostname: 'test',
      useDefaultFile: false,
    });
    const engine = fakeEngine({ fault: FAULTS[fate], onByte: 255 });
    const { setup } = await prepareWorkers(config, { env: {}, cwd: '/', engine });
    const told = fate === 'cannot start' ? { ...setup, model: { ...setup.model, path: '/nowhere/model.xml' } } : setup;
    return isolatedProcessSpawner(
      new URL('../../src/worker/isolated-entry.js', import.meta.url),
      () => Promise.resolve({ engine, setups: [told] }),
      { startTimeoutMs: PATIENCE_MS.long, jobTimeoutMs: PATIENCE_MS[patience] },
    );
  },
});

isolatedProcessContract({
  name: 'fake',
  healthy: jobOf('healthy'),
  culprit: jobOf('culprit'),
  spawner(fate, patience) {
    const end = fate === 'hangs' && patience === 'long' ? undefined : ENDS[fate];
    const { spawn } = fakeIsolatedProcesses((picture) => (picture === 'culprit' ? end : { end: 'survived' }));
    return Promise.resolve(spawn);
  },
});
