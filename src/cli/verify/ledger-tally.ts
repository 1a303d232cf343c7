/** What the ledger counted over a while in which the service may have been started again, which sets its counts to zero. */
import { setTimeout as delay } from 'node:timers/promises';
import { type LedgerReading, readLedger } from './ledger-reading.js';

export interface LedgerTally {
  readonly last: LedgerReading | undefined;
  /** Since the first reading. After a restart at least so many: what came between the last reading and the end is not seen. */
  readonly received: number;
  readonly filtered: number;
  readonly restarts: number;
}

export const NO_READING: LedgerTally = { last: undefined, received: 0, filtered: 0, restarts: 0 };

/** Counts of a new process begin at zero; the first reading of all is where counting begins. */
export function addReading(tally: LedgerTally, reading: LedgerReading): LedgerTally {
  const { last } = tally;
  if (last === undefined) return { ...tally, last: reading };
  const isRestarted = reading.startedAtSeconds !== last.startedAtSeconds;
  const base = isRestarted ? { received: 0, filtered: 0 } : last;
  return {
    last: reading,
    received: tally.received + reading.received - base.received,
    filtered: tally.filtered + reading.filtered - base.filtered,
    restarts: tally.restarts + (isRestarted ? 1 : 0),
  };
}

const EVERY_MS = 250;
const FIRST_TRIES = 3;
const REST_TRIES = 50;
const REST_MS = 100;

export interface LedgerWatch {
  /** The tally once nothing is in flight, or as it is after a while; `last` is undefined when nobody answers then. */
  end(): Promise<LedgerTally>;
}

/** Reads it again and again, so that little is missed when the service ends. Resolves after the first reading. */
export async function watchLedger(url: string): Promise<LedgerWatch> {
  const stopped = new AbortController();
  let tally = NO_READING;
  let isReached = false;
  async function read(): Promise<void> {
    const reading = await readLedger(url);
    isReached = reading !== undefined;
    if (reading) tally = addReading(tally, reading);
  }
  async function watch(): Promise<void> {
    while (!stopped.signal.aborted) {
      await delay(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      await read();
    }
  }
  // Counting begins with the first answer: were a busy service's missed, what it receives until the next would not count.
  for (let tries = 0; tries < FIRST_TRIES && !isReached; tries += 1) {
    if (tries > 0) await delay(EVERY_MS);
    await read();
  }
  const watching = watch();
  return {
    async end() {
      stopped.abort();
      await watching;
      for (let tries = 0; tries < REST_TRIES && tally.last?.inFlight !== 0; tries += 1) {
        await delay(REST_MS);
        await read();
      }
      return isReached ? tally : { ...tally, last: undefined };
    },
  };
}
