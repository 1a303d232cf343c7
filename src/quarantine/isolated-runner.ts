/**
 * Retries suspects in a child process, one after the other, while the service goes on: a picture then kills a process that
 * inspected nothing else, and the exit status of that process tells a crash from somebody's SIGKILL.
 *
 * Only the crash of a process that has had no other picture counts. The end of the service itself does not count, so no
 * number of kills brings a healthy picture into quarantine.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '../domain/inspection.js';
import type { Backoff } from '../std/backoff.js';
import type { CrashJournal, Digest } from './crash-journal.js';
import type { Attempt, IsolatedProcess, SpawnIsolatedProcess } from './isolated-process.js';

export type Verdict =
  /** A process survived it, so it may go to the workers. */
  | 'healthy'
  /** Processes died of it: it is never inspected again. */
  | 'quarantined'
  /** Its inspection does not end within the time of a job. */
  | 'timed-out'
  /** No process could inspect it to the end, through no fault of its own. */
  | 'inconclusive';

export interface IsolatedRunner {
  /** Equal pictures share one run. @throws {Error} when the runner is closed before the verdict */
  run(digest: Digest, job: Job): Promise<Verdict>;
  /** Starts the process before the first suspect comes. */
  prepare(): void;
  /** Ends the process, and rejects what waits. */
  close(): void;
}

export interface IsolatedRunnerParts {
  readonly spawn: SpawnIsolatedProcess;
  readonly journal: Pick<CrashJournal, 'statusOf' | 'died' | 'survived'>;
  /** A process gets the picture now; for the log. */
  readonly onStart: (digest: Digest) => void;
  /** What became of that; for the log. */
  readonly onAttempt: (digest: Digest, attempt: Attempt) => void;
}

export interface IsolatedRunnerOptions {
  /** Waits after somebody killed the process while it had a picture; each picture has its own. */
  readonly killBackoff: () => Backoff;
  /** How long a process without work is kept, as suspects come one by one. */
  readonly idleMs: number;
}

interface Case {
  readonly digest: Digest;
  readonly job: Job;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: Error) => void;
}

const MAX_KILLS = 3;
/** A worker that hangs with a picture is cut as often. */
const MAX_LATE = 2;

export function createIsolatedRunner(
  { spawn, journal, onStart, onAttempt }: IsolatedRunnerParts,
  options: IsolatedRunnerOptions,
): IsolatedRunner {
  const verdicts = new Map<Digest, Promise<Verdict>>();
  const waiting: Case[] = [];
  let current: Case | undefined;
  let child: IsolatedProcess | undefined;
  /** Pictures that this process has had. */
  let pictureCount = 0;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;

  async function work(): Promise<void> {
    if (current !== undefined) return;
    clearTimeout(idle);
    for (current = waiting.shift(); current !== undefined; current = waiting.shift()) {
      current.resolve(await runToVerdict(current));
    }
    if (!closed) endWhenIdle();
  }

  function endWhenIdle(): void {
    idle = setTimeout(endChild, options.idleMs);
  }

  async function runToVerdict({ digest, job }: Case): Promise<Verdict> {
    const times = { killed: 0, late: 0 };
    const backoff = options.killBackoff();
    while (!closed) {
      const attempt = await inspect(digest, job);
      if (closed) break;
      onAttempt(digest, attempt);
      switch (attempt.end) {
        case 'survived':
          journal.survived(digest);
          return 'healthy';
        case 'crashed':
          if (!attempt.isAlone) break; // the one before may have left it broken
          journal.died(digest);
          if (journal.statusOf(digest) === 'quarantined') return 'quarantined';
          break;
        case 'killed':
          times.killed += 1;
          if (times.killed >= MAX_KILLS) return 'inconclusive';
          await delay(backoff.next());
          break;
        case 'late':
          times.late += 1;
          if (times.late >= MAX_LATE) return 'timed-out';
          break;
        case 'could-not-start':
          for (const each of waiting.splice(0)) each.resolve('inconclusive'); // they would wait for the same
          return 'inconclusive';
      }
    }
    return 'inconclusive';
  }

  async function inspect(digest: Digest, job: Job): Promise<Attempt & { readonly isAlone: boolean }> {
    const isAlone = pictureCount === 0;
    try {
      child ??= spawn();
      pictureCount += 1;
      const attempt = await child.inspect(job, () => onStart(digest));
      if (attempt.end !== 'survived') forgetChild();
      return { ...attempt, isAlone };
    } catch (error) {
      return { end: 'could-not-start', how: String(error), isAlone };
    }
  }

  function forgetChild(): void {
    child = undefined;
    pictureCount = 0;
  }

  function endChild(): void {
    child?.end();
    forgetChild();
  }

  return {
    run(digest, job) {
      if (closed) return Promise.reject(stopping());
      const pending = verdicts.get(digest);
      if (pending !== undefined) return pending;
      const verdict = new Promise<Verdict>((resolve, reject) => {
        waiting.push({ digest, job, resolve, reject });
      });
      verdicts.set(digest, verdict);
      const forget = () => verdicts.delete(digest);
      verdict.then(forget, forget);
      void work();
      return verdict;
    },
    prepare() {
      try {
        child = spawn();
        endWhenIdle();
      } catch {
        // The first suspect reports it.
      }
    },
    close() {
      closed = true;
      clearTimeout(idle);
      endChild();
      current?.reject(stopping());
      for (const each of waiting.splice(0)) each.reject(stopping());
    },
  };
}

function stopping(): Error {
  return new Error('the service is stopping');
}
