import { setTimeout as delay } from 'node:timers/promises';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const OURS = new Set(['flawline', 'flawline-sink', 'faults-publisher', 'faults-collector']);

export const recreate: Fault = {
  id: 'recreate',
  title: 'container recreated under load (process gone, other HOSTNAME)',
  target: '0 lost, no second session at the broker',
  async run(extent) {
    const times = extent === 'full' ? 10 : 1;
    await using bench = await openBench();
    await bench.publisher.during(40, async () => {
      for (let time = 0; time < times; time += 1) {
        await delay(1000);
        bench.collector.mark();
        await bench.endService('SIGKILL');
        await bench.startService({ HOSTNAME: `box-${time}` });
      }
    });
    const counts = await bench.ack();
    const clients = new Set([...bench.broker.log().matchAll(/ as (\S+) \(p5/g)].map(([, id]) => id ?? ''));
    const others = [...clients].filter((id) => !OURS.has(id));
    const outcome = judge(counts, {}, [others.length > 0 && `other sessions: ${others.join(', ')}`]);
    return { ...outcome, note: `${times} times; ${others.length} further sessions` };
  },
};
