/**
 * `npm run soak -- --minutes N [--seed S]`: kills of the service, restarts of the broker and resets of the network, mixed
 * by a seeded order, under steady load; prints the counts as JSON lines and ends with 1 when something was lost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seeded } from '../support/seeded.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { type Bench, openBench } from './bench/bench.js';
import { judge } from './fault.js';

const PER_SECOND = 40;
const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('Usage: npm run soak -- --minutes N [--seed S]');
const random = seeded(Number(values.seed));

const done = { kills: 0, brokerRestarts: 0, resets: 0 };
await using folder = await makeTemporaryFolder();
await using bench = await openBench({
  broker: { persistence: true },
  env: { FLAWLINE_JOURNAL_PATH: `${folder.path}/journal` },
});
const end = performance.now() + minutes * 60_000;
await bench.publisher.during(PER_SECOND, async () => {
  while (performance.now() < end) {
    await delay(1000 + random() * 3000);
    await strike(bench);
  }
});
const outcome = judge(await bench.settle(), { twiceFraction: 0.01 });
const { sent, acknowledged, lost, twice, peakRssBytes, scrapes, failures } = outcome;
const counts = { sent, acknowledged, lost: lost.length, twice: twice.length, scrapes };
console.log(JSON.stringify({ minutes, seed: values.seed, ...done, ...counts, peakRssBytes, failures }));
process.exitCode = failures.length === 0 ? 0 : 1;

async function strike({ proxy, broker, endService, startService }: Bench): Promise<void> {
  const which = random();
  if (which < 0.6) {
    done.kills += 1;
    await endService('SIGKILL');
    await startService();
  } else if (which < 0.75) {
    done.brokerRestarts += 1;
    await broker.stop('SIGTERM');
    await broker.start();
  } else {
    done.resets += 1;
    proxy.reset();
  }
}
