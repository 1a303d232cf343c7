/** Wrappers of `Inspect` that are an `Inspect` themselves. */
import type { Delivery } from '../domain/delivery.js';
import type { Assignment } from '../domain/inspection.js';
import type { CrashGuard } from '../quarantine/crash-guard.js';
import { defined } from '../std/defined.js';
import { ExpiredError, type Inspect } from './ports.js';

/** Ends the inspection of a message that expired while it waited for a worker. */
export function withFreshness(inspect: Inspect): Inspect {
  return (delivery, hooks) =>
    inspect(delivery, {
      ...hooks,
      beforeStart() {
        if (isExpired(delivery)) throw new ExpiredError('the message has expired');
        hooks.beforeStart();
      },
    });
}

/**
 * Journals what a worker gets, and has suspects tried in a child process first.
 * @param assignments what is to be done with the picture of a delivery
 */
export function withCrashGuard(
  inspect: Inspect,
  guard: Pick<CrashGuard, 'run'>,
  assignments?: (delivery: Delivery) => readonly Assignment[],
): Inspect {
  return (delivery, hooks) => {
    const { topic, payload, properties, receivedAtMs } = delivery;
    const job = { topic, payload, properties, receivedAtMs, ...defined({ assignments: assignments?.(delivery) }) };
    return guard.run(job, (onStart, digest) =>
      inspect(delivery, {
        ...(digest === undefined ? {} : { digest }),
        beforeStart() {
          hooks.beforeStart(); // first: a message that has expired is not journaled
          onStart();
        },
      }),
    );
  };
}

/** @see MQTT 5.0, 3.3.2.3.3: the broker sends the seconds that are left */
export function isExpired({ properties, receivedAtMonotonicMs }: Delivery): boolean {
  if (properties.expirySeconds === undefined) return false;
  return performance.now() - receivedAtMonotonicMs >= properties.expirySeconds * 1000;
}
