/** The service's ledger, read from its metrics as any scraper would. */
export interface LedgerReading {
  readonly received: number;
  readonly filtered: number;
  readonly inFlight: number;
  /** received = published + filtered + dead-lettered + dropped + in flight */
  readonly isBalanced: boolean;
  readonly text: string;
  /** Unix time of the process's start: another one is another process, whose counts began at zero. */
  readonly startedAtSeconds: number;
}

const TIMEOUT_MS = 3000;

/** Undefined when the service cannot be asked. */
export async function readLedger(url: string): Promise<LedgerReading | undefined> {
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
    isBalanced: received === published + filtered + dead + dropped + inFlight,
    startedAtSeconds: sum('process_start_time_seconds'),
    text: `received ${received}, published ${published}, filtered ${filtered}, dead letters ${dead}, dropped ${dropped}, in flight ${inFlight}`,
  };
}
