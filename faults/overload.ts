import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

/** One worker that takes 50 ms a picture. */
const WORK_MS = 50;
const CAPACITY = 1000 / WORK_MS;
const IN_FLIGHT = 8;
const LIMIT_BYTES = 400 * 2 ** 20;

function overload(times: number): Fault {
  return {
    id: `overload-${times}x`,
    title: `publishers at ${times}× capacity (${CAPACITY} a second)`,
    target: 'memory bounded, 0 disconnects, the backlog stays at the broker and shows in flawline_intake_paused',
    async run(extent) {
      const isFull = extent === 'full';
      const seconds = isFull ? 60 : 2;
      await using bench = await openBench({
        engine: { delayMs: WORK_MS },
        env: {
          FLAWLINE_WORKERS_COUNT: '1',
          FLAWLINE_LIMITS_IN_FLIGHT: String(IN_FLIGHT),
          FLAWLINE_MQTT_RECEIVE_MAXIMUM: '4',
          FLAWLINE_MQTT_KEEPALIVE_SECONDS: isFull ? '4' : '30', // a busy machine may be late by seconds
        },
      });
      const { watch } = bench;
      await bench.publisher.during(CAPACITY * times, async () => {
        await delay(seconds * 1000);
        await until('a scrape shows it', () => watch.largest('flawline_intake_paused') === 1).catch(() => undefined);
      });
      const behind = bench.tally().lost.length;
      const connects = () => bench.broker.log().split(' as flawline').length - 1;
      const connections = connects();
      const most = watch.largest('flawline_messages_in_flight');
      const counts = await rest();
      const outcome = judge(counts, { twiceFraction: 0.01 }, [
        connections !== 2 && `${connections - 2} reconnects`,
        most > IN_FLIGHT && `${most} in flight`,
        watch.largest('flawline_intake_paused') === 0 && 'flawline_intake_paused never showed it',
        counts.peakRssBytes > LIMIT_BYTES && 'memory',
      ]);
      return {
        ...outcome,
        note: `${behind} waiting at the broker at the end of ${seconds} s; ${connections - 2} reconnects; at most ${most} in flight`,
      };

      /** A fast one takes the backlog, or the row would take an hour. */
      async function rest() {
        await bench.endService('SIGTERM');
        await bench.startService({ FAULTS_ENGINE: '{}', FLAWLINE_WORKERS_COUNT: '2', FLAWLINE_LIMITS_IN_FLIGHT: '64' });
        return await bench.ack();
      }
    },
  };
}

export const overloadFaults: readonly Fault[] = [overload(2), overload(10)];
