/**
 * Topic filters that overlap: brokers may send a message once for each of them that its topic matches [MQTT-3.3.4-2],
 * and many do. A filter that another one covers is not subscribed to. Of filters that overlap in part the copies are
 * found: equal topic and bytes, and on MQTT 5 by another subscription. Only what has come is held against a copy, never
 * what should come, so that no message is lost however the broker does it.
 */
import { crc32 } from 'node:zlib';
import { coversFilter, filtersOverlap, matchesFilter } from '../topics/topic.js';
import type { Incoming } from './incoming.js';

/**
 * A copy comes right behind its message; without identifiers of subscriptions an equal picture must not be taken for
 * one.
 */
const WINDOW_MS = { withIdentifiers: 60_000, without: 1_000 };
const MAX_ENTRIES = 4096;
const LARGEST_IDENTIFIER = 268_435_455;

export interface OverlapPlan {
  /** The filters to subscribe to: those that no other one covers. */
  readonly subscribed: readonly string[];
  /** Pairs of these that overlap in part. */
  readonly pairs: readonly (readonly [string, string])[];
}

export function planSubscriptions(filters: readonly string[]): OverlapPlan {
  const subscribed = filters.filter((filter, index) =>
    filters.every((other, at) => {
      const isCovered = coversFilter(other, filter);
      return at === index || !isCovered || (coversFilter(filter, other) && index < at);
    }),
  );
  const pairs = subscribed.flatMap((one, index) =>
    subscribed
      .slice(index + 1)
      .filter((other) => filtersOverlap(one, other))
      .map((other) => [one, other] as const),
  );
  return { subscribed, pairs };
}

/** The same for a filter in every process: the session may hold messages that a former one has subscribed to. */
export function subscriptionIdentifier(filter: string): number {
  return (crc32(filter) % LARGEST_IDENTIFIER) + 1;
}

interface Entry {
  readonly identifiers: Set<number>;
  copies: number;
  readonly atMs: number;
}

/** @returns whether a message is a further copy of one that has come */
export function createCopyFinder({ subscribed, pairs }: OverlapPlan): (message: Incoming) => boolean {
  if (pairs.length === 0) return () => false;
  const overlapping = subscribed.filter((filter) => pairs.some((pair) => pair.includes(filter)));
  const known = new Map<string, Entry[]>();

  function prune(nowMs: number): void {
    for (const [key, entries] of known) {
      const newest = entries.at(-1)?.atMs ?? 0;
      if (known.size <= MAX_ENTRIES && nowMs - newest < WINDOW_MS.withIdentifiers) return;
      known.delete(key);
    }
  }

  return (message) => {
    const matching = overlapping.filter((filter) => matchesFilter(filter, message.topic)).length;
    if (matching < 2) return false;
    const { topic, payload, receivedAtMonotonicMs: nowMs, subscriptionIdentifiers: own } = message;
    const windowMs = own.length > 0 ? WINDOW_MS.withIdentifiers : WINDOW_MS.without;
    prune(nowMs);
    const key = `${crc32(payload)} ${payload.byteLength} ${topic}`;
    const entries = (known.get(key) ?? []).filter(({ atMs }) => nowMs - atMs < windowMs);
    known.delete(key); // to the end: the oldest are pruned first
    const twin = entries.find(({ identifiers }) => own.every((id) => !identifiers.has(id)));
    const entry = twin ?? { identifiers: new Set<number>(), copies: 0, atMs: nowMs };
    for (const id of own) entry.identifiers.add(id);
    entry.copies += Math.max(1, own.length); // a broker may send one message with the identifiers of all
    const open = [...entries.filter((each) => each !== entry), entry].filter(({ copies }) => copies < matching);
    if (open.length > 0) known.set(key, open);
    return twin !== undefined;
  };
}
