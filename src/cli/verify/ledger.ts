/** The service's ledger, read from its metrics as any scraper would, over a time in which the service may start again. */
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface LedgerReading {
  readonly received: number;
  readonly filtered: number;
  readonly inFlight: number;
  /** Whether /readyz is green: one that starts answers long before, with all counts at zero. */
  readonly isReady: boolean;
  /** received = published + filtered + dead-lettered + dropped + in flight */
  readonly isBalanced: boolean;
  readonly text: string;
  /** Unix time of the process's start: another one is another process, whose counts began at zero. */
  readonly startedAtSeconds: number;
}

const TIMEOUT_MS = 3000;

/** Undefined when the service cannot be asked. */
async function readLedger(url: string): Promise<LedgerReading | undefined> {
  const scraped = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    .then((response) => (response.ok ? response.text() : undefined))
    .catch(() => undefined);
  return scraped === undefined ? undefined : parseLedger(scraped);
}

/** @param scraped Prometheus' text format */
export function parseLedger(scraped: string): LedgerReading {
  const sum = (name: string, label = ''): number =>
    scraped
      .split('\n')
      .filter((line) => line.startsWith(`${name}${label === '' ? '' : `{${label}`}`) && !line.startsWith('#'))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  const outcome = (value: string): number => sum('flawline_messages_total', `outcome="${value}"`);
  const received = sum('flawline_messages_received_total');
  const inFlight = sum('flawline_messages_in_flight');
  const [published, filtered, dead, dropped] = ['published', 'filtered', 'dead_lettered', 'dropped'].map(outcome) as [
    number,
    number,
    number,
    number,
  ];
  return {
    received,
    filtered,
    inFlight,
    isReady: sum('flawline_ready') === 1,
    isBalanced: received === published + filtered + dead + dropped + inFlight,
    startedAtSeconds: sum('process_start_time_seconds'),
    text: `received ${received}, published ${published}, filtered ${filtered}, dead letters ${dead}, dropped ${dropped}, in flight ${inFlight}`,
  };
}

/** What the ledger counted since the first reading, whose counts are where counting begins. */
export interface LedgerTally {
  readonly last: LedgerReading | undefined;
  /** After a restart a lower bound: what came between the last reading and the end of the process is not seen. */
  readonly received: number;
  readonly filtered: number;
  readonly restarts: number;
  /** Time, of performance.now(), of the first of the readings by which this process is ready; undefined when it is not. */
  readonly readySinceMs: number | undefined;
}

export const NO_READING: LedgerTally = {
  ...{ last: undefined, received: 0, filtered: 0, restarts: 0, readySinceMs: undefined },
};

/**
 * Counts of a new process begin at zero.
 * @param nowMs of performance.now()
 */
export function addReading(tally: LedgerTally, reading: LedgerReading, nowMs: number): LedgerTally {
  const { last } = tally;
  const isRestarted = last !== undefined && reading.startedAtSeconds !== last.startedAtSeconds;
  const readyBeforeMs = isRestarted ? undefined : tally.readySinceMs;
  const readySinceMs = reading.isReady ? (readyBeforeMs ?? nowMs) : undefined;
  if (last === undefined) return { ...tally, last: reading, readySinceMs };
  const base = isRestarted ? { received: 0, filtered: 0 } : last;
  return {
    last: reading,
    received: tally.received + reading.received - base.received,
    filtered: tally.filtered + reading.filtered - base.filtered,
    restarts: tally.restarts + (isRestarted ? 1 : 0),
    readySinceMs,
  };
}

const EVERY_MS = 250;
const FIRST_TRIES = 3;
const REST_TRIES = 50;
const REST_MS = 100;

/** The last that is to be known of it. */
export interface LedgerEnd extends LedgerTally {
  /** Whether something was in work yet when the end was asked for: its answer may be on its way. */
  readonly wasAtWork: boolean;
}

export interface LedgerWatch {
  /** Resolves when the service, asked after this call, is ready, or `signal` aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** The tally once nothing is in flight, or as it is after a while or when `signal` aborts; `last` is undefined when nobody answers then. */
  end(signal: AbortSignal): Promise<LedgerEnd>;
}

/** Reads the ledger again and again, so that little is missed when the service ends. Resolves after the first reading. */
export async function watchLedger(url: string): Promise<LedgerWatch> {
  const stopped = new AbortController();
  const changes = new EventEmitter();
  let tally = NO_READING;
  let isReached = false;
  let begun = 0;
  async function read(): Promise<void> {
    begun += 1;
    const reading = await readLedger(url);
    isReached = reading !== undefined;
    if (reading) tally = addReading(tally, reading, performance.now());
    changes.emit('reading', begun);
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
    async ready(signal) {
      const begunBefore = begun;
      let read = 0;
      while (!signal.aborted && !(read > begunBefore && isReached && tally.last?.isReady)) {
        [read = 0] = await once(changes, 'reading', { signal }).catch(() => []);
      }
    },
    async end(signal) {
      stopped.abort();
      await watching;
      const wasAtWork = tally.last?.inFlight !== 0;
      for (let tries = 0; tries < REST_TRIES && tally.last?.inFlight !== 0 && !signal.aborted; tries += 1) {
        await delay(REST_MS);
        await read();
      }
      return { ...tally, ...(isReached ? {} : { last: undefined }), wasAtWork };
    },
  };
}
