/** Keeps a picture that kills the process from doing so for ever, by crash journal, isolated retry and quarantine. */

import type { Job } from '../domain/inspection.js';
import { messageDigest } from '../payload/message-id.js';
import { createBackoff } from '../std/backoff.js';
import { ServiceError } from '../std/errors.js';
import type { Log } from '../std/logger.js';
import { createSharedExclusiveLock } from '../std/shared-exclusive-lock.js';
import type { IsolatedStart } from '../worker/protocol/isolated.js';
import { type CrashJournal, type Digest, openCrashJournal } from './crash-journal.js';
import { isolatedProcessSpawner } from './isolated-process.js';
import { createIsolatedRunner, type IsolatedRunner } from './isolated-runner.js';

type Work<T> = (onStart: () => void, digest?: Digest) => Promise<T>;

export interface CrashGuard {
  /**
   * Runs `work` on the picture. A suspect is retried in isolation first; if that is inconclusive, `work` runs alone. `work` calls `onStart` when a worker gets the picture; it is given the message's digest where that was made.
   * @throws {ServiceError} ERR_QUARANTINED or ERR_JOB_TIMEOUT without running it; else whatever `work` throws
   * @throws {Error} when it is stopped before the isolated retry has ended
   */
  run<T>(job: Job, work: Work<T>): Promise<T>;
  /** Ends isolated retries. */
  stop(): void;
  /** The process ends in order. */
  close(): void;
}

export interface CrashGuardParts {
  readonly log: Log;
  /** May take its time: the process for suspects, if it is needed, loads its code meanwhile. */
  readonly start: () => Promise<IsolatedStart>;
}

export interface CrashGuardOptions {
  /** Of the crash journal; absent: nothing is guarded. */
  readonly path?: string | undefined;
  readonly jobTimeoutMs: number;
  /** limits.startTimeoutFactor */
  readonly startTimeoutFactor: number;
}

/** As long as the service's own model may take. */
const START_TIMEOUT_MS = 120_000;
const KILL_BACKOFF = { firstMs: 250, limitMs: 1_000 };
/** Longer than the workers take to start and the broker to send again what was in work. */
const IDLE_MS = 5_000;

/** Work goes on without a journal that cannot be written, and the log says so. */
export function openCrashGuard(
  { log, start }: CrashGuardParts,
  { path, jobTimeoutMs, startTimeoutFactor }: CrashGuardOptions,
): CrashGuard {
  if (path === undefined) return UNGUARDED;
  const journal = openCrashJournal({
    path,
    onFault(error) {
      if (error === undefined) log.info({ path }, 'the journal is written again');
      else
        log.error({ path, err: error }, 'the journal cannot be written: a picture that kills the process is not found');
    },
  });
  const runner = createIsolatedRunner(
    {
      spawn: isolatedProcessSpawner(new URL('../worker/isolated-entry.js', import.meta.url), start, {
        startTimeoutMs: START_TIMEOUT_MS * startTimeoutFactor,
        jobTimeoutMs,
      }),
      journal,
      onStart: (digest) => log.info({ digest }, 'retrying a suspect picture in an isolated process'),
      onAttempt(digest, attempt) {
        if (attempt.end === 'survived') log.info({ digest }, 'the isolated process survived the suspect picture');
        else log.warn({ digest, ...attempt }, 'the isolated process did not survive the suspect picture');
      },
    },
    { killBackoff: () => createBackoff(() => 1, KILL_BACKOFF), idleMs: IDLE_MS },
  );
  if (journal.isAfterDeath) runner.prepare();
  return createCrashGuard(journal, runner);
}

const UNGUARDED: CrashGuard = {
  run: (_job, work) => work(() => undefined),
  stop: () => undefined,
  close: () => undefined,
};

export function createCrashGuard(journal: CrashJournal, runner: IsolatedRunner): CrashGuard {
  const lock = createSharedExclusiveLock();

  async function journaled<T>(digest: Digest, work: Work<T>): Promise<T> {
    let isStarted = false;
    try {
      return await work(() => {
        if (!isStarted) journal.started(digest); // once, also when a second worker gets it
        isStarted = true;
      }, digest);
    } finally {
      if (isStarted) journal.finished(digest);
    }
  }

  return {
    async run(job, work) {
      const digest = messageDigest(job.topic, job.payload);
      const status = journal.statusOf(digest);
      const verdict = status === 'suspect' ? await runner.run(digest, job) : status;
      if (verdict === 'quarantined') throw quarantined(digest);
      if (verdict === 'timed-out') throw timedOut(digest);
      return await lock[verdict === 'inconclusive' ? 'exclusive' : 'shared'](() => journaled(digest, work));
    },
    stop: () => runner.close(),
    close: () => journal.close(),
  };
}

function quarantined(digest: Digest): ServiceError {
  return new ServiceError(
    'ERR_QUARANTINED',
    'Cannot inspect the message as no process may die of it: two crashed while they inspected nothing else',
    { details: { digest } },
  );
}

function timedOut(digest: Digest): ServiceError {
  return new ServiceError(
    'ERR_JOB_TIMEOUT',
    'Cannot inspect the message as it must end within limits.jobTimeoutMs: in two isolated retries it did not',
    { details: { digest } },
  );
}
