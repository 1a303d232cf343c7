/**
 * Messages whose result and whose dead letter the broker both refuses. They stay un-acknowledged, no further message is
 * taken, and one of them is tried again after a while, the whole journey: what was refused may have been allowed since.
 */
import type { Delivery } from '../domain/delivery.js';
import type { Backoff } from '../std/backoff.js';

export interface UndeliveredParts {
  /** Takes a message on its journey once more; it comes back by `add` if it is refused again. */
  readonly handle: (delivery: Delivery) => Promise<void>;
  readonly backoff: Backoff;
  /** From the first one on. */
  readonly onStuck: (error: Error) => void;
  /** All of them found their way. */
  readonly onFree: () => void;
}

export interface Undelivered {
  /** Some wait for their next try. */
  readonly isStuck: boolean;
  add(delivery: Delivery, error: Error): void;
  /** No further try. */
  stop(): void;
}

export function createUndelivered({ handle, backoff, onStuck, onFree }: UndeliveredParts): Undelivered {
  const stuck = new Set<Delivery>();
  let timer: NodeJS.Timeout | undefined;
  let isTrying = false;
  let isStopped = false;

  function schedule(): void {
    if (isStopped || isTrying || timer !== undefined) return;
    timer = setTimeout(() => void tryAgain(), backoff.next());
  }

  async function tryAgain(): Promise<void> {
    timer = undefined;
    isTrying = true;
    for (const delivery of [...stuck]) {
      stuck.delete(delivery);
      await handle(delivery);
      if (stuck.has(delivery)) break; // refused again: so would the others be
      backoff.reset();
    }
    isTrying = false;
    if (isStopped) return;
    if (stuck.size > 0) schedule();
    else onFree();
  }

  return {
    get isStuck() {
      return stuck.size > 0;
    },
    add(delivery, error) {
      stuck.add(delivery);
      onStuck(error);
      schedule();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
