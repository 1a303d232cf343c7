/** A condition of readiness that several parts share (streams, models, sinks): it holds when it holds for each of them. */
import type { Readiness } from '../telemetry/readiness.js';

export interface SharedCondition {
  /** @param reason why it does not hold for this part; undefined: it holds */
  report(part: string, reason: string | undefined): void;
  /** There is no such part any more. */
  forget(part: string): void;
}

/** @param parts those that there are from the beginning; each is to be reported before the condition holds */
export function createSharedCondition<N extends string>(
  readiness: Pick<Readiness<N>, 'fulfil' | 'fail'>,
  name: N,
  parts: readonly string[],
): SharedCondition {
  const reasons = new Map<string, string | undefined>(parts.map((part) => [part, 'not yet']));

  function tell(): void {
    const failing = [...reasons].filter(([, reason]) => reason !== undefined);
    const isOne = reasons.size === 1;
    if (failing.length === 0) readiness.fulfil(name);
    else readiness.fail(name, failing.map(([part, reason]) => (isOne ? reason : `${part}: ${reason}`)).join('; '));
  }

  return {
    report(part, reason) {
      reasons.set(part, reason);
      tell();
    },
    forget(part) {
      reasons.delete(part);
      tell();
    },
  };
}
