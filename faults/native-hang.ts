import { join } from 'node:path';
import { pictureMessage } from '../test/support/pictures/payloads.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const DEADLINE_MS = 60_000;

/** The fake engine sleeps an hour in native code on every white picture; nothing in the process can end that. */
export const nativeHang: Fault = {
  id: 'native-hang',
  title: 'native call that does not return',
  target: 'first: abandoned, /readyz red, work goes on; second: the process ends itself; 0 lost',
  async run(extent) {
    const count = extent === 'full' ? 300 : 20;
    await using folder = await makeTemporaryFolder();
    await using bench = await openBench({
      engine: { fault: 'native-hang', onByte: 255, once: join(folder.path, 'first') },
      env: { FLAWLINE_LIMITS_JOB_TIMEOUT_MS: '3000' },
      messageOf: (id) => pictureMessage(id === 'p3' ? 'images/syn_white.png' : 'images/syn_black.png', { id }),
    });
    const { httpPort } = bench.service;
    await bench.publisher.burst(count);
    const reason = await until(
      'it is red',
      async () => {
        const response = await fetch(`http://127.0.0.1:${httpPort}/readyz`);
        return response.status === 503 && (await response.text());
      },
      DEADLINE_MS,
    );
    const afterFirst = await bench.ack();
    const second = await hangTwice();
    const outcome = judge(afterFirst, { twiceFraction: 0 }, [
      !/native code/.test(reason) && `the reason is ${reason}`,
      second.end !== 'SIGKILL' && `at the second one it ended with ${second.end}`,
      second.lost > 0 && `${second.lost} lost at the second one`,
    ]);
    return { ...outcome, note: `at the second one: ${second.end}, started again, ${second.lost} lost` };
  },
};

/**
 * Every try hangs: the job time-out gives the picture to a second worker, and that is the second thread that is held.
 */
async function hangTwice(): Promise<{ end: number | string; lost: number }> {
  await using bench = await openBench({
    engine: { fault: 'native-hang', onByte: 255 },
    env: { FLAWLINE_LIMITS_JOB_TIMEOUT_MS: '3000' },
    messageOf: (id) => pictureMessage(id === 'p3' ? 'images/syn_white.png' : 'images/syn_black.png', { id }),
  });
  await bench.publisher.burst(20);
  const end = await bench.service.ended;
  await bench.startService();
  return { end, lost: (await bench.ack()).lost.length };
}
