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

/** Keeps its counts as it goes: a tally is asked for every few milliseconds while something is awaited. */
export function createOracle(): Oracle {
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  const seen = new Set<string>();
  const lost = new Set<string>();
  const twice = new Set<string>();
  const deadLetters = new Map<string, string>();
  return {
    sent: (id) => void sent.add(id),
    acknowledged(id) {
      acknowledged.add(id);
      if (!seen.has(id)) lost.add(id);
    },
    seen(id, code) {
      if (seen.has(id)) twice.add(id);
      seen.add(id);
      lost.delete(id);
      if (code !== undefined) deadLetters.set(id, code);
    },
    tally: () => ({
      sent: sent.size,
      acknowledged: acknowledged.size,
      lost: [...lost],
      twice: [...twice],
      deadLetters,
    }),
  };
}
