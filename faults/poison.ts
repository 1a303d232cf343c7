import { pictureMessage } from '../test/support/pictures/payloads.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const POISON = 'p7';
const DEADLINE_MS = 120_000;

/**
 * The fake engine ends the process by a real SIGSEGV when it sees a white picture: the service, then each that it tries
 * it in.
 */
export const poison: Fault = {
  id: 'poison',
  title: 'picture that kills the process (SIGSEGV)',
  target: 'the service dies once, then it is quarantined; 0 lost, no healthy picture quarantined',
  async run(extent) {
    const count = extent === 'full' ? 500 : 20;
    await using folder = await makeTemporaryFolder();
    await using bench = await openBench({
      engine: { fault: 'crash', onByte: 255 },
      env: { FLAWLINE_JOURNAL_PATH: `${folder.path}/journal` },
      messageOf: (id) => pictureMessage(id === POISON ? 'images/syn_white.png' : 'images/syn_black.png', { id }),
    });
    let deaths = 0;
    let isOver = false;
    const supervisor = supervise();
    await bench.publisher.burst(count);
    await until('the poison is quarantined', () => bench.tally().deadLetters.has(POISON), DEADLINE_MS).finally(() => {
      isOver = true;
    });
    await supervisor;
    const outcome = judge(await bench.ack(), { deadLetters: [POISON] }, [deaths > 1 && `${deaths} deaths`]);
    return { ...outcome, note: `${deaths} death of the service, two of processes that tried it alone` };

    /** What systemd or Docker does. */
    async function supervise(): Promise<void> {
      while (!isOver) {
        const end = await Promise.race([bench.service.ended, over()]);
        if (end === undefined) return;
        deaths += 1;
        bench.collector.mark();
        await bench.startService().catch(() => undefined); // it may die again before it is ready
      }
    }

    async function over(): Promise<undefined> {
      await until('it is over', () => isOver, DEADLINE_MS * 2);
    }
  },
};
