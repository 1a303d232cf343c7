/**
 * Where every message went: the single source of the counts that metrics, the health message and `verify` show.
 *
 *     received = published + filtered + dead-lettered + dropped + in flight
 *
 * holds after every call, because each call is one step of it: a message enters by `received` and leaves by exactly one
 * outcome. A redelivery that the source coalesces with a message it already holds is counted by `redelivered` alone.
 */
import { DROP_REASONS, type DropReason, OUTCOMES, type Outcome } from '../domain/closed-sets.js';
import { ERRORS, type ErrorCode } from '../std/errors.js';

/** The counts at one moment, since the start of the process. */
export interface LedgerSnapshot {
  readonly received: number;
  /** The key is the id of the configured topic filter. */
  readonly receivedByStream: Readonly<Record<string, number>>;
  /** Milliseconds since the epoch of the newest message of each stream; 0 when there was none. */
  readonly lastReceivedAtMs: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Dead letters by code; sums up to `outcomes.dead_lettered`. */
  readonly rejected: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Drops by reason; sums up to `outcomes.dropped`. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly redeliveries: number;
  /** Sessions that the broker forgot: what waited in them was never received, so nothing else counts it. */
  readonly sessionsLost: number;
  readonly inFlight: number;
}

export interface Ledger {
  /** A stream that there is from now on; of one that there was, the counts go on. */
  addStream(stream: string): void;
  /** A message arrived that is not known yet; before its one outcome, also when that is `dropped` at once. */
  received(stream: string, atMs: number): void;
  /** Every rule that matched has its PUBACK. Once a message, whatever the number of rules. */
  published(): void;
  /** No rule matched. */
  filtered(): void;
  /** Its dead letter has its PUBACK. */
  deadLettered(code: ErrorCode): void;
  dropped(reason: DropReason): void;
  /** The broker sent again what is still held. */
  redelivered(): void;
  /** The broker forgot a session. */
  sessionLost(): void;
  snapshot(): LedgerSnapshot;
}

/** Codes that a dead letter has; shown at 0 before the first one. */
export const MESSAGE_CODES: readonly ErrorCode[] = (Object.keys(ERRORS) as ErrorCode[]).filter(
  (code) => ERRORS[code].group === 'message',
);

/** @param streams the ids of all configured topic filters. */
export function createLedger(streams: readonly string[]): Ledger {
  const receivedByStream: Record<string, number> = zeros(streams);
  const lastReceivedAtMs: Record<string, number> = zeros(streams);
  const outcomes = zeros(OUTCOMES);
  const rejected: Partial<Record<ErrorCode, number>> = zeros(MESSAGE_CODES);
  const dropped = zeros(DROP_REASONS);
  let received = 0;
  let inFlight = 0;
  let redeliveries = 0;
  let sessionsLost = 0;

  function leave(outcome: Outcome): void {
    if (inFlight === 0) {
      throw new Error(`Cannot count a message as ${outcome} as it must be in flight: in flight are 0`);
    }
    inFlight -= 1;
    outcomes[outcome] += 1;
  }

  return {
    addStream(stream) {
      receivedByStream[stream] ??= 0;
      lastReceivedAtMs[stream] ??= 0;
    },
    received(stream, atMs) {
      const before = receivedByStream[stream];
      if (before === undefined) {
        throw new Error(
          `Cannot count a message as its stream must be one of ${Object.keys(receivedByStream).join(', ')}: it is ${stream}`,
        );
      }
      receivedByStream[stream] = before + 1;
      lastReceivedAtMs[stream] = atMs;
      received += 1;
      inFlight += 1;
    },
    published: () => leave('published'),
    filtered: () => leave('filtered'),
    deadLettered(code) {
      leave('dead_lettered');
      rejected[code] = (rejected[code] ?? 0) + 1;
    },
    dropped(reason) {
      leave('dropped');
      dropped[reason] += 1;
    },
    redelivered() {
      redeliveries += 1;
    },
    sessionLost() {
      sessionsLost += 1;
    },
    snapshot: () => ({
      received,
      receivedByStream: { ...receivedByStream },
      lastReceivedAtMs: { ...lastReceivedAtMs },
      outcomes: { ...outcomes },
      rejected: { ...rejected },
      dropped: { ...dropped },
      redeliveries,
      sessionsLost,
      inFlight,
    }),
  };
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}
