/**
 * Lets steps of one key happen in the order in which they were entered: a step is ready once every earlier one of its
 * key has left. Keeps results of one topic in the order of their pictures although workers finish in any order.
 */
import { deferred } from '../std/promises.js';

export interface SequencedStep {
  /** Resolves when all earlier steps of the key have left. */
  readonly ready: Promise<void>;
  /**
   * Lets the next one go ahead. Idempotent; must be called whatever happens, or all later ones of the key wait for
   * ever.
   */
  leave(): void;
}

export interface Sequencer {
  enter(key: string): SequencedStep;
}

/** Every step is ready at once: results go out in the order in which they are done. */
export const unordered: Sequencer = { enter: () => ({ ready: Promise.resolve(), leave: () => undefined }) };

export function createSequencer(): Sequencer {
  const lastOf = new Map<string, Promise<void>>();
  return {
    enter(key) {
      const ready = lastOf.get(key) ?? Promise.resolve();
      const own = deferred();
      const last = ready.then(() => own.promise);
      lastOf.set(key, last);
      void last.then(() => {
        if (lastOf.get(key) === last) lastOf.delete(key); // nobody waits behind: forget the key
      });
      return { ready, leave: own.resolve };
    },
  };
}
