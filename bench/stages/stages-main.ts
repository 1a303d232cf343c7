/** `stages.ts` forks this: the pictures are its arguments, its model comes from FLAWLINE_ variables. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { loadConfig } from '../../src/config/load.js';
import type { Pool } from '../../src/pool/pool.js';
import { startPool } from '../../src/pool/start-pool.js';
import { prepareWorkers } from '../../src/service/prepare.js';
import { returnLargeBuffers } from '../../src/std/libc.js';
import { tagMessages } from '../load/tagged-message.js';
import type { BareTask } from './bare-main.js';
import type { StagesTask } from './stages.js';

const files = process.argv.slice(2);
const env = process.env;
returnLargeBuffers(env);
const { config } = loadConfig({
  env,
  cwd: '/',
  cores: availableParallelism(),
  hostname: 'bench',
  useDefaultFile: false,
});
const { count } = config.workers;
const { setup } = await prepareWorkers(config, { env, cwd: '/' });
const ignore = () => undefined;
const { pool, compiled } = await startPool(
  [setup],
  { engine: setup.engine, count, jobTimeoutMs: config.limits.jobTimeoutMs, startTimeoutFactor: 1, random: Math.random },
  {
    onRestart: ignore,
    onStartFailed: ignore,
    onAbandoned: ignore,
    onWarning: ignore,
    onChange: ignore,
  },
);
const bare = Array.from(
  { length: count },
  () =>
    new Worker(new URL('./bare-main.js', import.meta.url), {
      workerData: { setup, shared: compiled.get(setup.key)?.shared, files },
    }),
);
await Promise.all(bare.map((worker) => once(worker, 'message')));
const messages = tagMessages(files.map((file) => readFileSync(file)));
/** In shared memory, as the service reads them from its connection. */
const payloads = files.map((_, seq) => {
  const payload = Buffer.concat(messages.parts(seq));
  const shared = new Uint8Array(new SharedArrayBuffer(payload.length));
  shared.set(payload);
  return shared;
});

process.on('message', ({ work, seconds }: StagesTask) => {
  const done = work === 'pool' ? runPool(pool, seconds) : runBare({ work, seconds });
  const before = process.cpuUsage();
  const startedAt = performance.now();
  void done.then((pictures) => {
    const { user, system } = process.cpuUsage(before);
    const perSecond = (1000 * pictures) / (performance.now() - startedAt);
    process.send?.({ perSecond, cpuMs: (user + system) / 1000 / pictures });
  });
});
process.send?.({});

async function runBare(task: BareTask): Promise<number> {
  const counts = bare.map((worker) => once(worker, 'message'));
  for (const worker of bare) worker.postMessage(task);
  return (await Promise.all(counts)).reduce((sum, [each]) => sum + Number(each), 0);
}

/** As many open as the service allows itself. */
async function runPool(workers: Pool, seconds: number): Promise<number> {
  const endMs = performance.now() + 1000 * seconds;
  let next = 0;
  async function keepBusy(): Promise<void> {
    while (performance.now() < endMs) {
      const payload = payloads[next++ % payloads.length] ?? new Uint8Array();
      const job = { topic: 'bench', payload, properties: { user: [] }, receivedAtMs: Date.now() };
      (await workers.run(job)).release?.();
    }
  }
  await Promise.all(Array.from({ length: config.limits.inFlight }, keepBusy));
  return next;
}
