import { setTimeout as delay } from 'node:timers/promises';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

export const sinkDown: Fault = {
  id: 'sink-down',
  title: 'sink on another broker, down while the source is up',
  target: 'input stays un-acknowledged, 0 lost',
  async run(extent) {
    const downMs = extent === 'full' ? 60_000 : 1500;
    await using bench = await openBench({ ownSinkBroker: true, broker: { persistence: true } });
    let whileDown = 0;
    await bench.publisher.during(20, async () => {
      await delay(500);
      await bench.sinkBroker.stop('SIGTERM');
      await delay(300); // a PUBACK that was on its way
      const before = bench.pubacks();
      await delay(downMs);
      whileDown = bench.pubacks() - before;
      await bench.sinkBroker.start();
      bench.collector.mark();
    });
    const outcome = judge(await bench.ack(), {}, [whileDown > 0 && `${whileDown} acknowledged while it was down`]);
    return { ...outcome, note: `${downMs / 1000} s down, ${whileDown} acknowledged meanwhile` };
  },
};
