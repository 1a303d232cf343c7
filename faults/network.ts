/**
 * The network between service and broker fails in every way that a proxy can make it. Publisher and collector keep
 * theirs.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../test/support/until.js';
import { type Bench, openBench } from './bench/bench.js';
import { type Fault, judge, type Limits } from './fault.js';

const KEEPALIVE_S = 4;
const SHORT_KEEPALIVE_S = 2;
/** 1.5 × keepalive, as [MQTT-3.1.2-24] has it for the broker, and a second for what follows from it. */
const FOUND_MS = KEEPALIVE_S * 1500 + 1000;

interface NetworkFault {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly limits: Limits;
  /** Every inference takes so long. */
  readonly workMs?: number;
  /** Causes it; `full` tells the number of times. */
  readonly cause: (bench: Bench, isFull: boolean) => Promise<Caused>;
}

interface Caused {
  readonly note: string;
  /** How long it took at most until the service had noticed. */
  readonly noticedMs?: number;
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
      return { note: `${resets} resets` };
    },
  },
  blackHole({ id: 'black-hole', title: 'black hole: everything is taken, nothing passes' }, /./),
  blackHole(
    { id: 'black-hole-held', title: 'black hole at twice the capacity, while the stream is held', workMs: 200 },
    /source: /,
  ),
  {
    id: 'half-open',
    title: 'half-open: the broker has lost the connection, the service is not told',
    target: `0 lost, twice ≤ 1 %, found within 1.5 × keepalive (${KEEPALIVE_S} s)`,
    limits: { twiceFraction: 0.01 },
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
      return { note: `${times}×, ${noticed(slowestMs)}`, noticedMs: slowestMs };
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
        await delay(isFull ? 4_000 : 500);
      }
      proxy.delay(0);
      return { note: '100, 300, 500 ms' };
    },
  },
  {
    id: 'throttle',
    title: '5 KB/s',
    target: '0 lost, twice ≤ 1 %',
    limits: { twiceFraction: 0.01 },
    async cause({ proxy }, isFull) {
      proxy.throttle(5000);
      await delay(isFull ? 12_000 : 1500);
      proxy.throttle(0);
      return { note: isFull ? 'for 12 s' : 'for 1.5 s' };
    },
  },
];

/** @param sign what /readyz says when it is noticed */
function blackHole(about: Pick<NetworkFault, 'id' | 'title' | 'workMs'>, sign: RegExp): NetworkFault {
  return {
    ...about,
    target: `0 lost, twice ≤ 1 %, found within 1.5 × keepalive (${KEEPALIVE_S} s)`,
    limits: { twiceFraction: 0.01 },
    async cause({ proxy, collector, reasons, watch }, isFull) {
      const times = isFull ? 3 : 1;
      const isHeld = () => watch.largest('flawline_intake_paused') === 1;
      let slowestMs = 0;
      for (let time = 0; time < times; time += 1) {
        await until('it is ready', async () => (await reasons()) === '');
        await until('the stream is held', () => about.workMs === undefined || isHeld()); // it stays so above capacity
        const startedAt = performance.now();
        proxy.blackHole(true);
        await until('the service notices', async () => sign.test(await reasons()));
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        collector.mark();
        proxy.blackHole(false);
        await until('results come again', () => !collector.isMarked);
      }
      return { note: `${times}×, ${noticed(slowestMs)}`, noticedMs: slowestMs };
    },
  };
}

function noticed(ms: number): string {
  return `noticed after at most ${(ms / 1000).toFixed(1)} s`;
}

export const networkFaults: readonly Fault[] = CASES.map(({ id, title, target, limits, workMs = 0, cause }) => ({
  id,
  title,
  target,
  async run(extent) {
    const isFull = extent === 'full';
    const keepalive = String(isFull ? KEEPALIVE_S : SHORT_KEEPALIVE_S);
    await using bench = await openBench({
      engine: { delayMs: workMs },
      env: { FLAWLINE_MQTT_KEEPALIVE_SECONDS: keepalive },
    });
    const { note, noticedMs = 0 } = await bench.publisher.during(20, () => cause(bench, isFull));
    // One redelivered result is more than 1 % of a short run, and a busy machine is late.
    const held = isFull ? limits : {};
    const late = isFull && noticedMs > FOUND_MS && noticed(noticedMs);
    return { ...judge(await bench.ack(), held, [late]), note };
  },
}));
