/**
 * `npm run soak -- --minutes N [--seed S]`: kills of the service, restarts of the broker and resets of the network,
 * mixed by a seeded order, under steady load; prints the counts as JSON and ends with 1 when a target is missed.
 *
 * A second service, with its own session and another result topic, sees the same pictures and all faults but the kills:
 * its memory is what may not grow. Of each minute after the warm-up the smallest resident set counts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { brokerVersion } from '../test/support/broker/broker.js';
import { seeded } from '../test/support/seeded.js';
import { parseMetrics } from '../test/support/service/metrics-text.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { type Bench, openBench } from './bench/bench.js';
import { rssBytes } from './bench/rss.js';
import { floorOf, slopeOf } from './bench/slope.js';
import { ledgerFault } from './bench/watch.js';
import { judge } from './fault.js';

const PER_SECOND = 40;
const SAMPLE_MS = 5000;
const WARM_UP_MS = 5 * 60_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MEBIBYTE = 2 ** 20;
/** Allowed growth of the resident set, MiB an hour. */
const GROWTH = 1;
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
await using steady = await bench.startAnother({
  FLAWLINE_MQTT_CLIENT_ID: 'steady',
  FLAWLINE_SINK_TOPIC: 'soak/steady',
  FLAWLINE_JOURNAL_PATH: `${folder.path}/journal-of-steady`,
});
const startedAt = performance.now();
const end = startedAt + minutes * MINUTE_MS;
const samples: [number, number][] = [];
const sampler = setInterval(() => samples.push([performance.now() - startedAt, rssBytes(steady.pid)]), SAMPLE_MS);
await bench.publisher.during(PER_SECOND, async () => {
  while (performance.now() < end) {
    await delay(1000 + random() * 3000);
    await strike(bench);
  }
});
clearInterval(sampler);
const growth = growthOf(samples);
const counted = await bench.ack();
const books = ledgerFault(parseMetrics(await steady.metrics()));
const outcome = judge(counted, { twiceFraction: 0.01 }, [
  books !== undefined && `ledger of the second service: ${books}`,
  growth.least > GROWTH && `memory grows by at least ${growth.least} MiB an hour`,
]);
const { sent, acknowledged, lost, twice, peakRssBytes, scrapes, failures } = outcome;
const counts = { sent, acknowledged, lost: lost.length, twice: twice.length, scrapes };
const peakMiB = Math.round(peakRssBytes / MEBIBYTE);
const about = { minutes, seed: values.seed, node: process.versions.node, broker: brokerVersion() };
console.log(JSON.stringify({ ...about, ...done, ...counts, peakMiB, growth, failures }, undefined, 2));
process.exitCode = failures.length === 0 ? 0 : 1;

/** MiB, and MiB an hour: the slope after the warm-up with its standard error, and two of these below it. */
function growthOf(points: readonly (readonly [ms: number, bytes: number])[]) {
  const floor = floorOf(points, MINUTE_MS).filter(([ms]) => ms >= WARM_UP_MS);
  const first = floor[0];
  const last = floor.at(-1);
  if (first === undefined || last === undefined || floor.length < 4) return { minutes: floor.length, least: 0 };
  const { slope, error } = slopeOf(floor.map(([ms, bytes]) => [ms / HOUR_MS, bytes / MEBIBYTE]));
  const rounded = (value: number) => Math.round(value * 10) / 10;
  const [from, to] = [rounded(first[1] / MEBIBYTE), rounded(last[1] / MEBIBYTE)];
  return {
    minutes: floor.length,
    from,
    to,
    slope: rounded(slope),
    error: rounded(error),
    least: rounded(slope - 2 * error),
  };
}

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
