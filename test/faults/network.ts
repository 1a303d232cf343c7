/** The network between service and broker fails in every way that a proxy can make it. Publisher and collector keep theirs. */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../support/until.js';
import { type Bench, openBench } from './bench/bench.js';
import { type Fault, judge, type Limits } from './fault.js';

const KEEPALIVE_S = 4;
const SHORT_KEEPALIVE_S = 2;
/** Found within 1.5 × keepalive [MQTT-3.1.2-24], then back-off, connection and the first result. */
const FOUND_MS = KEEPALIVE_S * 1500 + 3000;

interface NetworkFault {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly limits: Limits;
  /** Causes it; `full` tells the number of times. */
  readonly cause: (bench: Bench, isFull: boolean) => Promise<string>;
}

const CASES: readonly NetworkFault[] = [
  {
    id: 'tcp-reset',
    title: 'TCP reset of both connections',
    target: '0 lost, twice ≤ 1 %',
    limits: { twiceFraction: 0.01 },
    async cause({ proxy, collector }, isFull) {
      const resets = isFull ? 50 : 2;
      for (let reset = 0; reset < resets; reset += 1) {
        await delay(300 + ((reset * 37) % 400));
        collector.mark();
        proxy.reset();
        await until('results come again', () => !collector.isMarked, 30_000);
      }
      return `${resets} resets`;
    },
  },
  {
    id: 'black-hole',
    title: 'black hole: everything is taken, nothing passes',
    target: `0 lost, twice ≤ 1 %, found within 1.5 × keepalive (${KEEPALIVE_S} s)`,
    limits: { twiceFraction: 0.01, recoveryMs: FOUND_MS },
    async cause({ proxy, collector, reasons }, isFull) {
      const times = isFull ? 3 : 1;
      let slowestMs = 0;
      for (let time = 0; time < times; time += 1) {
        await until('it is ready', async () => (await reasons()) === '');
        const startedAt = performance.now();
        proxy.blackHole(true);
        await until('the service notices', async () => (await reasons()) !== '');
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        collector.mark();
        proxy.blackHole(false);
        await until('results come again', () => !collector.isMarked, 30_000);
      }
      return `${times}×, noticed after at most ${(slowestMs / 1000).toFixed(1)} s`;
    },
  },
  {
    id: 'half-open',
    title: 'half-open: the broker has lost the connection, the service is not told',
    target: `0 lost, twice ≤ 1 %, found within 1.5 × keepalive (${KEEPALIVE_S} s)`,
    limits: { twiceFraction: 0.01, recoveryMs: FOUND_MS },
    async cause({ broker, proxy, collector, tally }, isFull) {
      const times = isFull ? 3 : 1;
      const connects = () => broker.log().split(' as flawline').length - 1;
      let slowestMs = 0;
      for (let time = 0; time < times; time += 1) {
        await until('no backlog is left', () => tally().lost.length < 5);
        await delay(500);
        const [before, startedAt] = [connects(), performance.now()];
        collector.mark();
        proxy.halfOpen();
        await until('both connections are new', () => connects() >= before + 2);
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        await until('results come again', () => !collector.isMarked);
      }
      return `${times}×, both connections new after at most ${(slowestMs / 1000).toFixed(1)} s`;
    },
  },
  {
    id: 'delay',
    title: 'every packet 100 to 500 ms late',
    target: '0 lost, twice ≤ 1 %',
    limits: { twiceFraction: 0.01 },
    async cause({ proxy }, isFull) {
      for (const milliseconds of [100, 300, 500]) {
        proxy.delay(milliseconds);
        await delay(isFull ? 10_000 : 500);
      }
      proxy.delay(0);
      return '100, 300, 500 ms';
    },
  },
  {
    id: 'throttle',
    title: '5 KB/s',
    target: '0 lost, twice ≤ 1 %',
    limits: { twiceFraction: 0.01 },
    async cause({ proxy }, isFull) {
      proxy.throttle(5000);
      await delay(isFull ? 30_000 : 1500);
      proxy.throttle(0);
      return isFull ? 'for 30 s' : 'for 1.5 s';
    },
  },
];

export const networkFaults: readonly Fault[] = CASES.map(({ id, title, target, limits, cause }) => ({
  id,
  title,
  target,
  async run(extent) {
    const isFull = extent === 'full';
    await using bench = await openBench({
      env: { FLAWLINE_MQTT_KEEPALIVE_SECONDS: String(isFull ? KEEPALIVE_S : SHORT_KEEPALIVE_S) },
    });
    const note = await bench.publisher.during(20, () => cause(bench, isFull));
    // One redelivered result is more than 1 % of a short run.
    const held = isFull ? limits : {};
    return { ...judge(await bench.settle(), held), note };
  },
}));
