import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const BURST = 250;
/** The kill comes after so many results of the burst, and a few more each time: never at the same point of the work. */
const FIRST_RESULTS = 100;
const DEADLINE_MS = 120_000;

export const killService: Fault = {
  id: 'kill-service',
  title: 'service `kill -9` in the middle of its work, crash journal on',
  target: '0 lost, twice < 1 %, no healthy picture quarantined',
  async run(extent) {
    const kills = extent === 'full' ? 100 : 1;
    await using folder = await makeTemporaryFolder();
    await using bench = await openBench({ env: { FLAWLINE_JOURNAL_PATH: `${folder.path}/journal` } });
    for (let kill = 0; kill < kills; kill += 1) {
      const before = bench.collector.count;
      const sent = bench.publisher.burst(BURST);
      const point = before + FIRST_RESULTS + ((kill * 37) % FIRST_RESULTS);
      await until('the work is under way', () => bench.collector.count >= point, DEADLINE_MS);
      bench.collector.mark();
      await bench.endService('SIGKILL');
      await sent;
      await bench.startService();
    }
    const outcome = judge(await bench.ack(), { twiceFraction: extent === 'full' ? 0.01 : 1 });
    return { ...outcome, note: `${kills} kills` };
  },
};
