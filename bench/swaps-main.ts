/**
 * What a replaced model leaves behind: replaces it again and again in a pool without pictures, and prints the memory of the process.
 *
 *     node build/bench/swaps-main.js [DIR of a model] [number of swaps]
 */
import { readFileSync } from 'node:fs';
import { loadConfig } from '../src/config/load.js';
import { startPool } from '../src/pool/start-pool.js';
import { prepareWorkers } from '../src/service/prepare.js';
import { keepHeapsSmall, returnLargeBuffers } from '../src/std/libc.js';
import { TEST_MODEL } from '../test/support/engine/test-model.js';

const [path = TEST_MODEL, count = '100'] = process.argv.slice(2);
returnLargeBuffers(process.env);
keepHeapsSmall();
const options = {
  env: { FLAWLINE_MODEL_PATH: path },
  cwd: process.cwd(),
  cores: 2,
  hostname: 'bench',
  useDefaultFile: false,
};
const { config } = loadConfig(options);
const { engine, setup } = await prepareWorkers(config, options);
const { workers, limits } = config;
const started = await startPool(
  [setup],
  { engine, count: workers.count, ...limits, random: Math.random },
  {
    onRestart: fail,
    onStartFailed: fail,
    onAbandoned: (threads) => fail(new Error(`${threads} threads hang`)),
    onWarning: fail,
    onChange: () => undefined,
  },
);

let former = setup.key;
for (let swap = 1; swap <= Number(count); swap += 1) {
  const key = `${setup.key}#${swap}`;
  await started.addModel({ ...setup, key });
  const handle = (await started.pool.models()).find((model) => model.setup.key === key);
  if (handle !== undefined) await started.enableLatencyMode(handle);
  await started.removeModel(former);
  former = key;
  if (swap === 1 || swap % 10 === 0) console.log(`after ${swap} swaps: ${privateMiB()} MiB of its own`);
}
await started.pool.close();

/** Of /proc/self/smaps_rollup: pages that no other process has. */
function privateMiB(): number {
  const [, kib = ''] = /^Pss_Anon:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}

function fail(error: Error): void {
  console.error(error);
  process.exitCode = 1;
}
