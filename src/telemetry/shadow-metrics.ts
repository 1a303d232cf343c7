/** How far models and their candidates agree, as metrics. */
import type { Counter, Histogram } from 'prom-client';
import { LABEL_VALUES, METRICS, type MetricEntry } from './metric-table.js';

/** On one picture. */
export interface Agreement {
  readonly verdict: boolean;
  readonly count: boolean;
  /** Intersection over union of the masks, 0..1; absent: neither has anything. */
  readonly overlap?: number;
}

export interface ShadowMetrics {
  /** A model has a candidate: its series begin at 0. */
  candidateOpened(model: string): void;
  compared(model: string, agreement: Agreement): void;
  comparisonSkipped(model: string): void;
  comparisonFailed(model: string): void;
}

interface Makers {
  counter<L extends string>(entry: MetricEntry & { readonly labels: readonly L[] }): Counter<L>;
  histogram<L extends string>(entry: MetricEntry & { readonly labels: readonly L[] }): Histogram<L>;
}

export function createShadowMetrics({ counter, histogram }: Makers): ShadowMetrics {
  const pictures = counter(METRICS.shadowPictures);
  const agreements = counter(METRICS.shadowAgreements);
  const overlaps = histogram(METRICS.shadowOverlap);
  const skipped = counter(METRICS.shadowSkipped);
  const failures = counter(METRICS.shadowFailures);
  return {
    candidateOpened(model) {
      for (const counts of [pictures, skipped, failures]) counts.inc({ model }, 0);
      for (const agreement of LABEL_VALUES.agreement) agreements.inc({ model, agreement }, 0);
    },
    compared(model, { verdict, count, overlap }) {
      pictures.inc({ model });
      if (verdict) agreements.inc({ model, agreement: 'verdict' });
      if (count) agreements.inc({ model, agreement: 'count' });
      if (overlap !== undefined) overlaps.observe({ model }, overlap);
    },
    comparisonSkipped: (model) => skipped.inc({ model }),
    comparisonFailed: (model) => failures.inc({ model }),
  };
}
