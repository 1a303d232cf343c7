import { setTimeout as delay } from 'node:timers/promises';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

/** Kills at moments that differ each time, also while a service is still starting to take its backlog. */
export const killService: Fault = {
  id: 'kill-service',
  title: 'service `kill -9`, crash journal on',
  target: '0 lost, twice < 1 %, no healthy picture quarantined',
  async run(extent) {
    const kills = extent === 'full' ? 100 : 1;
    await using folder = await makeTemporaryFolder();
    await using bench = await openBench({ env: { FLAWLINE_JOURNAL_PATH: `${folder.path}/journal` } });
    await bench.publisher.during(50, async () => {
      for (let kill = 0; kill < kills; kill += 1) {
        await delay(500 + ((kill * 137) % 2000));
        bench.collector.mark();
        await bench.endService('SIGKILL');
        await bench.startService();
      }
    });
    const counts = await bench.settle(120_000);
    return { ...judge(counts, { twiceFraction: extent === 'full' ? 0.01 : 1 }), note: `${kills} kills` };
  },
};
