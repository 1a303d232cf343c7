/** Looks at a service process all the time: memory, and the ledger at every scrape. */
import { parseMetrics } from '../../test/support/service/metrics-text.js';
import type { ServiceProcess } from '../../test/support/service/service-process.js';
import { peakRssBytes } from './rss.js';

export interface Watch {
  readonly peakRssBytes: number;
  readonly scrapes: number;
  /** Scrapes at which received ≠ published + filtered + dead-lettered + dropped + in flight. */
  readonly ledgerFaults: readonly string[];
  /** Largest value of each series that was scraped. */
  largest(series: string): number;
  stop(): void;
}

const EVERY_MS = 200;
const OUTCOMES = ['published', 'filtered', 'dead_lettered', 'dropped'];

/** @param service the process of the moment; another one after a restart */
export function startWatch(service: () => ServiceProcess | undefined): Watch {
  let peak = 0;
  let scrapes = 0;
  const ledgerFaults: string[] = [];
  const largest = new Map<string, number>();
  let isUnderWay = false;

  async function look(): Promise<void> {
    const now = service();
    if (now === undefined || isUnderWay) return;
    isUnderWay = true;
    peak = Math.max(peak, peakRssBytes(now.pid));
    const text = await now.metrics().catch(() => undefined); // it is down, or stopped
    isUnderWay = false;
    if (text !== undefined) read(parseMetrics(text));
  }

  function read(metrics: ReadonlyMap<string, number>): void {
    scrapes += 1;
    for (const [series, value] of metrics) largest.set(series, Math.max(value, largest.get(series) ?? 0));
    const fault = ledgerFault(metrics);
    if (fault !== undefined) ledgerFaults.push(fault);
  }

  const timer = setInterval(() => void look(), EVERY_MS);
  return {
    get peakRssBytes() {
      return peak;
    },
    get scrapes() {
      return scrapes;
    },
    ledgerFaults,
    largest: (series) => largest.get(series) ?? 0,
    stop: () => clearInterval(timer),
  };
}

/** Why the books do not balance, or undefined. */
export function ledgerFault(metrics: ReadonlyMap<string, number>): string | undefined {
  let received = 0;
  for (const [series, value] of metrics) if (series.startsWith('flawline_messages_received_total')) received += value;
  const outcomes = OUTCOMES.map(
    (outcome) => metrics.get(`flawline_messages_total{outcome="${outcome}"}`) ?? Number.NaN,
  );
  const inFlight = metrics.get('flawline_messages_in_flight') ?? Number.NaN;
  const accounted = outcomes.reduce((sum, each) => sum + each, inFlight);
  return received === accounted ? undefined : `received ${received}, accounted for ${accounted}`;
}
