/**
 * Tries suspects in a child process, one after the other, while the service goes on: the process that a picture kills is then
 * one that inspected nothing else, and its exit status tells a crash from somebody's SIGKILL.
 *
 * Only the crash of a process that has had no other picture counts. The service's own end counts for nothing, so no number
 * of kills can bring a healthy picture into quarantine.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '../domain/inspection.js';
import type { Digest, Journal } from './crash-journal.js';
import type { Attempt, SpawnSuspectProcess, SuspectProcess } from './isolated-process.js';

export type Verdict =
  /** A process survived it: it needs no care any more. */
  | 'healthy'
  /** Processes died of it: nobody may try it again. */
  | 'quarantined'
  /** It gets no answer within the time of an inspection. */
  | 'endless'
  /** It could not be tried. */
  | 'unknown';

export interface Examiner {
  /** Equal pictures are tried once. @throws {Error} when it is closed before the verdict */
  examine(digest: Digest, job: Job): Promise<Verdict>;
  /** Suspects will come soon: starts the process ahead of the first. */
  prepare(): void;
  /** Ends the process; what waits is rejected. */
  close(): void;
}

export interface ExaminerParts {
  readonly spawn: SpawnSuspectProcess;
  readonly journal: Pick<Journal, 'standing' | 'died' | 'survived'>;
  /** A process gets the picture now, and that was the outcome; for the log. */
  readonly onTry: (digest: Digest) => void;
  readonly onAttempt: (digest: Digest, attempt: Attempt) => void;
}

export interface ExaminerOptions {
  /** Wait after somebody killed the process while it had a picture for the n-th time, milliseconds. */
  readonly killDelayMs: (kills: number) => number;
  /** How long a process without work is kept: suspects come one by one. */
  readonly idleMs: number;
}

interface Case {
  readonly digest: Digest;
  readonly job: Job;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: Error) => void;
}

const MAX_KILLS = 3;
/** As often as a worker that hangs is cut. */
const MAX_LATE = 2;

export function createExaminer(
  { spawn, journal, onTry, onAttempt }: ExaminerParts,
  options: ExaminerOptions,
): Examiner {
  const verdicts = new Map<Digest, Promise<Verdict>>();
  const waiting: Case[] = [];
  let current: Case | undefined;
  let child: SuspectProcess | undefined;
  /** Pictures that it has had. */
  let tried = 0;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;

  async function work(): Promise<void> {
    if (current !== undefined) return;
    clearTimeout(idle);
    for (current = waiting.shift(); current !== undefined; current = waiting.shift()) {
      current.resolve(await judge(current));
    }
    if (!closed) endWhenIdle();
  }

  function endWhenIdle(): void {
    idle = setTimeout(endChild, options.idleMs);
  }

  async function judge({ digest, job }: Case): Promise<Verdict> {
    const times = { killed: 0, late: 0 };
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
          if (journal.standing(digest) === 'quarantined') return 'quarantined';
          break;
        case 'killed':
          times.killed += 1;
          if (times.killed >= MAX_KILLS) return 'unknown';
          await delay(options.killDelayMs(times.killed));
          break;
        case 'late':
          times.late += 1;
          if (times.late >= MAX_LATE) return 'endless';
          break;
        case 'unfit':
          for (const each of waiting.splice(0)) each.resolve('unknown'); // they would wait for the same
          return 'unknown';
      }
    }
    return 'unknown';
  }

  async function inspect(digest: Digest, job: Job): Promise<Attempt & { readonly isAlone: boolean }> {
    const isAlone = tried === 0;
    try {
      child ??= spawn();
      tried += 1;
      const attempt = await child.inspect(job, () => onTry(digest));
      if (attempt.end !== 'survived') forgetChild();
      return { ...attempt, isAlone };
    } catch (error) {
      return { end: 'unfit', how: String(error), isAlone };
    }
  }

  function forgetChild(): void {
    child = undefined;
    tried = 0;
  }

  function endChild(): void {
    child?.end();
    forgetChild();
  }

  return {
    examine(digest, job) {
      if (closed) return Promise.reject(stopping());
      const known = verdicts.get(digest);
      if (known !== undefined) return known;
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
        // The first suspect will say so.
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
