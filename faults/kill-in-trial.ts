import { readFileSync } from 'node:fs';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { type Bench, openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

/** Long enough to be killed in the middle of it. */
const WORK_MS = 1000;
/** So often the suspect process is killed until the picture goes the normal way. */
const CHILD_KILLS = 3;

/** One picture alone, so that each kill would be held against it if kills were. */
export const killInTrial: Fault = {
  id: 'kill-in-trial',
  title: 'healthy suspect in its isolated retry: service `kill -9`, SIGTERM, then the process it is tried in `kill -9`',
  target: '0 lost, no healthy picture quarantined, no process left behind',
  async run(extent) {
    const kills = extent === 'full' ? 5 : 2;
    await using folder = await makeTemporaryFolder();
    await using bench = await openBench({
      engine: { delayMs: WORK_MS },
      env: { FLAWLINE_JOURNAL_PATH: `${folder.path}/journal`, FLAWLINE_LOG_LEVEL: 'info' },
    });
    await bench.publisher.burst(1);
    await until('a worker has it', () => /^> /m.test(readFileSync(`${folder.path}/journal`, 'latin1')));
    await bench.endService('SIGKILL');
    /** The processes in which it was tried. */
    const leftBehind: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      await bench.startService();
      await tried(bench, 1);
      leftBehind.push(...freeze(bench));
      await bench.endService('SIGKILL');
    }
    await bench.startService({ FLAWLINE_SHUTDOWN_TIMEOUT_MS: '500' });
    await tried(bench, 1);
    leftBehind.push(...freeze(bench));
    const orderly = await bench.endService('SIGTERM');
    const isGone = until('no process is left behind', () => !leftBehind.some(isAlive));
    await isGone.finally(() => {
      for (const pid of leftBehind.filter(isAlive)) process.kill(pid, 'SIGKILL');
    });
    await bench.startService();
    for (let kill = 1; kill <= CHILD_KILLS; kill += 1) {
      await tried(bench, kill);
      for (const pid of childrenOf(bench.service.pid)) process.kill(pid, 'SIGKILL');
    }
    const outcome = judge(await bench.ack(), {}, [
      leftBehind.length !== kills + 1 && `${leftBehind.length} processes in ${kills + 1} trials`,
      orderly !== 0 && `an orderly stop ended with ${orderly}`,
    ]);
    return { ...outcome, note: `${kills} kills and a stop of the service, ${CHILD_KILLS} kills of the process` };
  },
};

/** Resolves when the service of now tries a suspect for the n-th time, or never will. */
async function tried({ service, tally }: Bench, time: number): Promise<void> {
  const times = () => service.output().split('retrying a suspect picture').length - 1;
  await until('the suspect is tried', () => times() >= time || tally().deadLetters.size > 0);
}

/** As native code may hold it: it cannot even notice that the service is gone. */
function freeze({ service }: Bench): readonly number[] {
  const children = childrenOf(service.pid);
  for (const pid of children) process.kill(pid, 'SIGSTOP');
  return children;
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** A dead one that nobody has waited for is no longer alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
