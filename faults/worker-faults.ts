/** A picture that a worker fails on: the culprit goes to the dead letters, nobody else does, and nothing is lost. */
import { pictureMessage } from '../test/support/pictures/payloads.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const EVERY = 50;
/** Of the hang; far above what a healthy picture takes on a busy machine, as it is everywhere else. */
const JOB_TIMEOUT_MS = 3000;

interface WorkerFault {
  readonly fault: 'throw' | 'exit' | 'hang' | 'out-of-memory';
  readonly title: string;
  readonly code: string;
}

const CASES: readonly WorkerFault[] = [
  { fault: 'throw', title: 'worker throws', code: 'ERR_INFERENCE' },
  { fault: 'exit', title: 'worker exits', code: 'ERR_WORKER_EXITED' },
  { fault: 'out-of-memory', title: 'worker runs out of memory', code: 'ERR_WORKER_EXITED' },
  { fault: 'hang', title: 'worker hangs in JavaScript', code: 'ERR_JOB_TIMEOUT' },
];

export const workerFaults: readonly Fault[] = CASES.map(({ fault, title, code }) => ({
  id: `worker-${fault}`,
  title: `${title}, with ${EVERY - 1} healthy pictures to each culprit`,
  target: `culprits dead-lettered as ${code}, 0 lost`,
  async run(extent) {
    const culprits = extent === 'full' ? 4 : 1;
    const isCulprit = (id: string) => Number(id.slice(1)) % EVERY === EVERY / 2;
    await using bench = await openBench({
      engine: { fault, onByte: 255 },
      env: {
        FLAWLINE_LIMITS_JOB_TIMEOUT_MS: String(fault === 'hang' ? JOB_TIMEOUT_MS : 60_000),
        ...(fault === 'out-of-memory' ? { NODE_OPTIONS: '--max-old-space-size=64' } : {}),
      },
      messageOf: (id) => pictureMessage(isCulprit(id) ? 'images/syn_white.png' : 'images/syn_black.png', { id }),
    });
    await bench.publisher.burst(culprits * EVERY);
    const counts = await bench.ack();
    const expected = Array.from({ length: culprits }, (_, n) => `p${n * EVERY + EVERY / 2}`);
    const codes = new Set(counts.deadLetters.values());
    const outcome = judge(counts, { deadLetters: expected, twiceFraction: 0 }, [
      [...codes].some((each) => each !== code) && `codes ${[...codes].join(', ')}`,
    ]);
    return { ...outcome, note: `${bench.watch.largest('flawline_worker_restarts_total')} workers replaced` };
  },
}));
