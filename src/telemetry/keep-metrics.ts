/** Metrics of pictures that are kept for a second look: read at each scrape, as those of the ledger. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { KEEP_FAULTS, type KeepFault } from '../domain/closed-sets.js';
import { METRICS } from './metric-table.js';

export interface KeepCounts {
  /** Since the start of the process. */
  readonly kept: number;
  readonly notKept: Readonly<Record<KeepFault, number>>;
  /** What is there now. */
  readonly bytes: number;
  readonly judged: number;
  readonly unjudged: number;
}

export function addKeepMetrics(registry: Registry, counts: () => KeepCounts): void {
  const registers = [registry];
  const { kept, notKept, keptBytes, keptPictures } = METRICS;
  new Counter({
    ...named(kept),
    registers,
    collect() {
      this.reset();
      this.inc(counts().kept);
    },
  });
  new Counter({
    ...named(notKept),
    registers,
    collect() {
      this.reset();
      for (const cause of KEEP_FAULTS) this.inc({ cause }, counts().notKept[cause]);
    },
  });
  new Gauge({
    ...named(keptBytes),
    registers,
    collect() {
      this.set(counts().bytes);
    },
  });
  new Gauge({
    ...named(keptPictures),
    registers,
    collect() {
      const { judged, unjudged } = counts();
      this.set({ judged: 'yes' }, judged);
      this.set({ judged: 'no' }, unjudged);
    },
  });
}

function named<L extends string>({ name, help, labels }: { name: string; help: string; labels: readonly L[] }) {
  return { name, help, labelNames: [...labels] };
}
