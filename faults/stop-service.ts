import { setTimeout as delay } from 'node:timers/promises';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const LIMIT_MS = 1000;

export const stopService: Fault = {
  id: 'stop-service',
  title: 'service SIGTERM under load',
  target: '0 lost, 0 twice, < 1 s each, exit code 0',
  async run(extent) {
    const stops = extent === 'full' ? 20 : 1;
    const tookMs: number[] = [];
    const ends: (number | string)[] = [];
    await using bench = await openBench();
    await bench.publisher.during(40, async () => {
      for (let stop = 0; stop < stops; stop += 1) {
        await delay(200 + ((stop * 137) % 300));
        bench.collector.mark();
        const startedAt = performance.now();
        ends.push(await bench.endService('SIGTERM'));
        tookMs.push(performance.now() - startedAt);
        await bench.startService();
      }
    });
    const slowestMs = Math.round(Math.max(...tookMs));
    // A machine that has no time for it for 8 s makes it stop before it is done.
    const outcome = judge(await bench.ack(), { twiceFraction: extent === 'full' ? 0 : 0.01 }, [
      extent === 'full' && slowestMs >= LIMIT_MS && `the slowest stop took ${slowestMs} ms`,
      ends.some((end) => end !== 0) && `ended with ${ends.join(', ')}`,
    ]);
    return { ...outcome, note: `${stops} stops, slowest ${slowestMs} ms` };
  },
};
