/** Who got what: the ids that a publisher has a PUBACK for against the ids that came out. */

export interface Tally {
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged, and neither among the results nor among the dead letters. */
  readonly lost: readonly string[];
  /** Seen more than once. */
  readonly twice: readonly string[];
  /** Ids of dead letters with their codes. */
  readonly deadLetters: ReadonlyMap<string, string>;
}

export interface Oracle {
  sent(id: string): void;
  acknowledged(id: string): void;
  /** @param code of a dead letter; absent for a result */
  seen(id: string, code?: string): void;
  tally(): Tally;
}

export function createOracle(): Oracle {
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  const times = new Map<string, number>();
  const deadLetters = new Map<string, string>();
  return {
    sent: (id) => void sent.add(id),
    acknowledged: (id) => void acknowledged.add(id),
    seen(id, code) {
      times.set(id, (times.get(id) ?? 0) + 1);
      if (code !== undefined) deadLetters.set(id, code);
    },
    tally: () => ({
      sent: sent.size,
      acknowledged: acknowledged.size,
      lost: [...acknowledged].filter((id) => !times.has(id)),
      twice: [...times].filter(([, count]) => count > 1).map(([id]) => id),
      deadLetters,
    }),
  };
}
