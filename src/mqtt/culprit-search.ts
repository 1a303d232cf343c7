/**
 * Which publish makes the broker close the connection? Brokers do so above their packet limit, or for a topic that is
 * not allowed, and many do not say why. A network that fails looks the same, so a publish is found guilty only by this:
 * connections were lost while it was the only one under way, several times, and between each two of these losses the
 * broker answered another publish. An outage lets no other publish pass, and so makes no culprit of anything.
 */

/** So many connections lost with the same publish under way begin the search. */
const LOSSES_BEFORE_SEARCH = 2;
/** So many lost while it was alone make it the culprit. */
const LOSSES_ALONE = 3;

interface History {
  losses: number;
  lossesAlone: number;
  /** It was lost alone, and the broker has not answered another publish since. */
  needsWitness: boolean;
}

export interface CulpritSearch<T> {
  /** Publishes are to be sent one at a time. */
  readonly isOn: boolean;
  /** The connection was lost, or closed, with these under way. Returns the culprit if that proves it. */
  lost(underWay: readonly T[]): T | undefined;
  /** The broker said that it closes the connection because of one of these. */
  accuse(underWay: readonly T[]): void;
  /** The broker took it, or refused it in words. */
  answered(publish: T): void;
  /** Another one is to be answered before this one is sent again, or its loss will prove nothing. */
  needsWitness(publish: T): boolean;
  /** It was given up or refused. */
  forget(publish: T): void;
}

export function createCulpritSearch<T>(): CulpritSearch<T> {
  const histories = new Map<T, History>();
  const candidates = new Set<T>();

  function historyOf(publish: T): History {
    const history = histories.get(publish) ?? { losses: 0, lossesAlone: 0, needsWitness: false };
    histories.set(publish, history);
    return history;
  }

  return {
    get isOn() {
      return candidates.size > 0;
    },
    lost(underWay) {
      for (const publish of underWay) {
        const history = historyOf(publish);
        history.losses += 1;
        if (history.losses >= LOSSES_BEFORE_SEARCH) candidates.add(publish);
      }
      const [only] = underWay;
      if (only === undefined || underWay.length > 1) return undefined;
      const history = historyOf(only);
      if (history.needsWitness) return undefined;
      history.needsWitness = true;
      history.lossesAlone += 1;
      return history.lossesAlone >= LOSSES_ALONE ? only : undefined;
    },
    accuse(underWay) {
      candidates.clear();
      for (const publish of underWay) candidates.add(publish);
    },
    answered(publish) {
      histories.delete(publish);
      candidates.delete(publish);
      for (const history of histories.values()) history.needsWitness = false;
    },
    needsWitness: (publish) => histories.get(publish)?.needsWitness === true,
    forget(publish) {
      histories.delete(publish);
      candidates.delete(publish);
    },
  };
}
