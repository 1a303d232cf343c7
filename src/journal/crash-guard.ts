/** Keeps a picture that kills the process from doing so for ever: journal, suspects alone, quarantine. */
import { createHash } from 'node:crypto';
import { ServiceError } from '../errors.js';
import type { Journal } from './journal.js';
import { createLane } from './lane.js';

export interface CrashGuard {
  /**
   * Runs `work` on the payload, alone if it is a suspect. `work` calls `onStart` when a worker gets the payload.
   * @throws {ServiceError} ERR_QUARANTINED without running it; else whatever `work` throws
   */
  run<T>(payload: Uint8Array, work: (onStart: () => void) => Promise<T>): Promise<T>;
  /** The process ends in order. */
  close(): void;
}

/** Without a journal nothing is guarded. */
export const noCrashGuard: CrashGuard = { run: (_payload, work) => work(() => undefined), close: () => undefined };

export function createCrashGuard(journal: Journal): CrashGuard {
  const lane = createLane();

  async function journaled<T>(digest: string, work: (onStart: () => void) => Promise<T>): Promise<T> {
    let isStarted = false;
    try {
      return await work(() => {
        if (!isStarted) journal.started(digest); // once, also when a second worker gets it
        isStarted = true;
      });
    } finally {
      if (isStarted) journal.finished(digest);
    }
  }

  return {
    async run(payload, work) {
      const digest = createHash('sha256').update(payload).digest('hex');
      const standing = journal.standing(digest);
      if (standing === 'quarantined') throw quarantined(digest);
      return await lane[standing === 'suspect' ? 'alone' : 'beside'](() => journaled(digest, work));
    },
    close: () => journal.close(),
  };
}

function quarantined(payloadSha256: string): ServiceError {
  return new ServiceError(
    'ERR_QUARANTINED',
    'Cannot inspect the message as no process may die of it: two died while they inspected nothing else',
    { details: { payloadSha256 } },
  );
}
