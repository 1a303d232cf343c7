/**
 * Messages whose result and whose dead letter the broker both refuses. They stay un-acknowledged, no further message is
 * taken, and one of them is processed again after a while: what was refused may have been allowed since.
 */
import type { Delivery } from '../domain/delivery.js';
import type { Backoff } from '../std/backoff.js';

export interface UndeliverableParts {
  /** Processes a message once more; it comes back by `add` if it is refused again. */
  readonly handle: (delivery: Delivery) => Promise<void>;
  readonly backoff: Backoff;
  /** Called for each message that is added. */
  readonly onBlocked: (error: Error) => void;
  /** All of them were published or dead-lettered. */
  readonly onUnblocked: () => void;
}

export interface UndeliverableRetry {
  /** Some messages wait for their next attempt. */
  readonly isBlocked: boolean;
  add(delivery: Delivery, error: Error): void;
  /** Makes no further attempt. */
  stop(): void;
}

export function createUndeliverableRetry(parts: UndeliverableParts): UndeliverableRetry {
  const { handle, backoff, onBlocked, onUnblocked } = parts;
  const blocked = new Set<Delivery>();
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
    for (const delivery of [...blocked]) {
      blocked.delete(delivery);
      await handle(delivery);
      if (blocked.has(delivery)) break; // refused again: so would the others be
      backoff.reset();
    }
    isTrying = false;
    if (isStopped) return;
    if (blocked.size > 0) schedule();
    else onUnblocked();
  }

  return {
    get isBlocked() {
      return blocked.size > 0;
    },
    add(delivery, error) {
      blocked.add(delivery);
      onBlocked(error);
      schedule();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
