import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const KEEPALIVE_S = 4;

function frozen(who: 'broker' | 'service', freeze: (bench: Bench) => () => void): Fault {
  return {
    id: `frozen-${who}`,
    title: `${who} frozen (SIGSTOP) for 10 s, keepalive ${KEEPALIVE_S} s`,
    target: '0 lost',
    async run(extent) {
      const ms = extent === 'full' ? 10_000 : 1500;
      await using bench = await openBench({ env: { FLAWLINE_MQTT_KEEPALIVE_SECONDS: String(KEEPALIVE_S) } });
      await bench.publisher.during(30, async () => {
        await delay(500);
        const thaw = freeze(bench);
        await delay(ms);
        bench.collector.mark();
        thaw();
      });
      return { ...judge(await bench.ack()), note: `${ms / 1000} s` };
    },
  };
}

export const frozenFaults: readonly Fault[] = [
  frozen('broker', ({ broker }) => {
    broker.freeze();
    return () => broker.thaw();
  }),
  frozen('service', ({ service }) => {
    service.kill('SIGSTOP');
    return () => service.kill('SIGCONT');
  }),
];
