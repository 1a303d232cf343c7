/**
 * `flawline run` with the fake engine in place of OpenVINO, so that a process is ready at once and fails on demand.
 * Configuration by FLAWLINE_ variables as always; FAULTS_ENGINE is the engine's options as JSON. FAULTS_CLOCK_MS moves
 * the wall clock by so much, back and forth every second.
 */
import { cpus } from 'node:os';
import { serve } from '../src/cli/serve.js';
import { loadConfig } from '../src/config/load.js';
import { messageOf, ServiceError } from '../src/std/errors.js';
import { leaveAtOnce } from '../src/std/leave-at-once.js';
import { createLogger } from '../src/telemetry/logger.js';
import { fakeEngine } from '../test/support/engine/fake-engine.js';

const { FAULTS_ENGINE = '{}', FAULTS_CLOCK_MS, ...env } = process.env;
const aborter = new AbortController();
process.on('SIGTERM', () => aborter.abort());
if (FAULTS_CLOCK_MS !== undefined) shakeClock(Number(FAULTS_CLOCK_MS));

const readConfig = () =>
  loadConfig({ env, cwd: '/', cores: cpus().length, hostname: 'test', useDefaultFile: false }).config;
const config = readConfig();
let isThreadHeld = false;
const exitCode: number = await serve(
  config,
  createLogger({ level: config.log.level, secrets: [] }),
  {
    env,
    cwd: '/',
    signal: aborter.signal,
    onHangup: () => () => undefined,
    kill() {
      process.kill(process.pid, 'SIGKILL');
      throw new Error('SIGKILL does not return');
    },
    abandonThreads() {
      isThreadHeld = true;
    },
  },
  { engine: fakeEngine(JSON.parse(FAULTS_ENGINE)), readConfig },
).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  return error instanceof ServiceError && error.code === 'ERR_SESSION_TAKEN' ? 3 : 1;
});
if (isThreadHeld) leaveAtOnce(exitCode);
process.exit(exitCode);

function shakeClock(byMs: number): void {
  const now = Date.now;
  Date.now = () => now() + (Math.floor(now() / 1000) % 2 === 0 ? byMs : -byMs);
}
