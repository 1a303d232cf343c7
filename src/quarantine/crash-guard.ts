/** Keeps a picture that kills the process from doing so for ever: journal, suspects in a process of their own, quarantine. */

import type { Job } from '../domain/inspection.js';
import { messageDigest } from '../payload/message-id.js';
import { ServiceError } from '../std/errors.js';
import { createLane } from '../std/shared-exclusive-lock.js';
import type { Digest, Journal } from './crash-journal.js';
import type { Examiner } from './isolated-runner.js';

type Work<T> = (onStart: () => void, digest?: Digest) => Promise<T>;

export interface CrashGuard {
  /**
   * Runs `work` on the picture; one under suspicion is tried elsewhere first, and `work` runs alone if that says nothing.
   * `work` calls `onStart` when a worker gets the picture; it is given the message's digest where that was made.
   * @throws {ServiceError} ERR_QUARANTINED or ERR_JOB_TIMEOUT without running it; else whatever `work` throws
   * @throws {Error} when it is stopped before the picture's trial has ended
   */
  run<T>(job: Job, work: Work<T>): Promise<T>;
  /** Tries no more. */
  stop(): void;
  /** The process ends in order. */
  close(): void;
}

/** Without a journal nothing is guarded. */
export const noCrashGuard: CrashGuard = {
  run: (_job, work) => work(() => undefined),
  stop: () => undefined,
  close: () => undefined,
};

export function createCrashGuard(journal: Journal, examiner: Examiner): CrashGuard {
  const lane = createLane();

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
      const standing = journal.standing(digest);
      const verdict = standing === 'suspect' ? await examiner.examine(digest, job) : standing;
      if (verdict === 'quarantined') throw quarantined(digest);
      if (verdict === 'endless') throw endless(digest);
      return await lane[verdict === 'unknown' ? 'alone' : 'beside'](() => journaled(digest, work));
    },
    stop: () => examiner.close(),
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

function endless(digest: Digest): ServiceError {
  return new ServiceError(
    'ERR_JOB_TIMEOUT',
    'Cannot inspect the message as it must end within limits.jobTimeoutMs: tried twice in a process of its own, it did not',
    { details: { digest } },
  );
}
