/** `flawline run` whose inference only waits (BENCH_DELAY_MS): many members on few cores, so that the broker's part is seen. */
import { loadConfig } from '../src/config/load.js';
import { startService } from '../src/service/startup.js';
import { createLogger } from '../src/telemetry/logger.js';
import { fakeEngine } from '../test/support/engine/fake-engine.js';

const { config } = loadConfig({ env: process.env, cwd: '/', cores: 1, hostname: 'bench', useDefaultFile: false });
const service = await startService(config, {
  logger: createLogger({ level: 'error', secrets: [] }),
  env: {},
  cwd: '/',
  random: Math.random,
  engine: fakeEngine({ delayMs: Number(process.env['BENCH_DELAY_MS'] ?? 0) }),
});
process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));
