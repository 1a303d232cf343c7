/** One row of the fault table: how it is caused, and what must hold afterwards. */
import type { Counts } from './bench/bench.js';

/** `full` is the published row; `short` needs seconds and no luck, for every test run. */
export type Extent = 'short' | 'full';

export interface Outcome extends Counts {
  /** What this fault counts beside the columns, in words. */
  readonly note?: string;
  /** What of the target does not hold; empty when it is reached. */
  readonly failures: readonly string[];
}

export interface Fault {
  /** The name of its file. */
  readonly id: string;
  readonly title: string;
  readonly target: string;
  /** Why it cannot run on this machine. */
  readonly skip?: string | false;
  /** Why it has no short form. */
  readonly onlyFull?: string;
  run(extent: Extent): Promise<Outcome>;
}

export interface Limits {
  /** Largest part of the sent pictures that may come twice; undefined: any. */
  readonly twiceFraction?: number;
  readonly recoveryMs?: number;
  /** Ids that must be in the dead letters; all others must not be. */
  readonly deadLetters?: readonly string[];
  /** Whether lost pictures are the broker's own. */
  readonly lossIsBrokers?: boolean;
}

/** So many may come twice whatever the fraction: in a short run a single one would decide. */
const FEW = 3;

/** Holds the counts to the promise: nothing lost, no healthy picture dead-lettered, exact books, and these limits. */
export function judge(counts: Counts, limits: Limits = {}, more: readonly (string | false)[] = []): Outcome {
  const { sent, lost, twice, deadLetters, ledgerFaults, recoveryMs } = counts;
  const expected = new Set(limits.deadLetters ?? []);
  const healthyDead = [...deadLetters].filter(([id]) => !expected.has(id)).map(([id, code]) => `${id} (${code})`);
  const missing = [...expected].filter((id) => !deadLetters.has(id));
  const failures = [
    limits.lossIsBrokers !== true && lost.length > 0 && `${lost.length} lost: ${lost.slice(0, 5).join(' ')}`,
    healthyDead.length > 0 && `dead letters of healthy pictures: ${healthyDead.slice(0, 5).join(' ')}`,
    missing.length > 0 && `no dead letter of ${missing.slice(0, 5).join(' ')}`,
    limits.twiceFraction !== undefined &&
      twice.length > Math.max(sent * limits.twiceFraction, limits.twiceFraction > 0 ? FEW : 0) &&
      `${twice.length} of ${sent} twice`,
    ledgerFaults.length > 0 && `ledger: ${ledgerFaults[0]}`,
    limits.recoveryMs !== undefined && recoveryMs > limits.recoveryMs && `recovery took ${Math.round(recoveryMs)} ms`,
    ...more,
  ].filter((text) => text !== false);
  return { ...counts, failures };
}
