/**
 * Two clients with one client id throw each other out [MQTT-3.1.4-3]. Brokers say so on MQTT 5 only, and mosquitto before
 * 2.0.15 never does: there a connection ends soon after CONNACK, without a word, again and again. A network that fails looks
 * otherwise: attempts fail, too, or connections last.
 */
import { createBackoff } from '../std/backoff.js';

/** Three in a row are no accident. */
const LOSSES = 3;
/** The other client comes back at once, so a connection that has lasted as long is not one of these. */
export const STABLE_MS = 2_000;
/** Longer than the longest wait of the other client: what lasts as long has no rival any more. */
const CALM_MS = 60_000;
const BACKOFF = { firstMs: 1_000, limitMs: 15_000 };

export interface Loss {
  readonly livedMs: number;
  /** The broker, an attempt that failed since, or we ourselves gave a reason. */
  readonly hasReason: boolean;
  /** Something else may have caused it: what was sent last has no answer. */
  readonly isAmbiguous: boolean;
}

export interface TakeoverWatch {
  /** How long to wait if the connection that begins now is lost soon; undefined: as ever. */
  nextDelayMs(): number | undefined;
  /** `first`: another client seems to have this client id; `again`: that was told already; `no`: it does not seem so. */
  lost(loss: Loss): 'first' | 'again' | 'no';
  /** An attempt to connect failed: the broker or the way to it is in trouble. */
  failed(): void;
}

/** @param random uniform in 0..1, as Math.random */
export function createTakeoverWatch(random: () => number): TakeoverWatch {
  const backoff = createBackoff(random, BACKOFF);
  let losses = 0;
  let isSuspected = false;

  function clear(): void {
    losses = 0;
    isSuspected = false;
    backoff.reset();
  }

  return {
    nextDelayMs: () => (losses >= LOSSES - 1 ? backoff.next() : undefined),
    lost({ livedMs, hasReason, isAmbiguous }) {
      if (hasReason || livedMs >= CALM_MS) {
        clear();
        return 'no';
      }
      if (livedMs >= STABLE_MS) {
        losses = 0; // the other one waits now, and will be back
        backoff.reset();
      } else if (!isAmbiguous) losses += 1;
      const wasSuspected = isSuspected;
      isSuspected ||= losses >= LOSSES;
      if (wasSuspected) return 'again';
      return isSuspected ? 'first' : 'no';
    },
    failed: clear,
  };
}
