/**
 * Turns in order of arrival, one line per key: a turn may act once every earlier one of its key has been passed on.
 * Keeps results of one topic in the order of their pictures although workers finish in any order.
 */
import { deferred } from '../std/promises.js';
export interface Turn {
  /** Resolves when all earlier turns of the key were passed on. */
  readonly come: Promise<void>;
  /** Lets the next one act. Idempotent; must be called whatever happens, or the line stands still. */
  pass(): void;
}

export interface Turns {
  take(key: string): Turn;
}

/** Every turn has come at once: results in the order in which they are done. */
export const noTurns: Turns = { take: () => ({ come: Promise.resolve(), pass: () => undefined }) };

export function createTurns(): Turns {
  const lastOf = new Map<string, Promise<void>>();
  return {
    take(key) {
      const come = lastOf.get(key) ?? Promise.resolve();
      const own = deferred();
      const last = come.then(() => own.promise);
      lastOf.set(key, last);
      void last.then(() => {
        if (lastOf.get(key) === last) lastOf.delete(key); // nobody waits behind: forget the key
      });
      return { come, pass: own.resolve };
    },
  };
}
