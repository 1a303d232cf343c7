/** Outcomes → the rows of docs/reliability.md. */
import type { Fault, Outcome } from './fault.js';

/** An outcome as it is kept between runs: what JSON can hold. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  /** Absent when the fault did not run, with the reason in `note`. */
  readonly numbers?: {
    readonly sent: number;
    readonly acknowledged: number;
    readonly lost: number;
    readonly twice: number;
    readonly deadLetters: number;
    readonly longestGapMs: number;
    readonly recoveryMs: number;
    readonly peakRssBytes: number;
    readonly scrapes: number;
  };
  readonly note: string;
  readonly failures: readonly string[];
  /** How long the row took. */
  readonly seconds?: number;
}

export function rowOf({ id, title, target }: Fault, outcome: Outcome): Row {
  const { sent, acknowledged, longestGapMs, recoveryMs, peakRssBytes, scrapes } = outcome;
  const numbers = {
    sent,
    acknowledged,
    lost: outcome.lost.length,
    twice: outcome.twice.length,
    deadLetters: outcome.deadLetters.size,
    longestGapMs: Math.round(longestGapMs),
    recoveryMs: Math.round(recoveryMs),
    peakRssBytes,
    scrapes,
  };
  return { id, title, target, numbers, note: outcome.note ?? '', failures: outcome.failures };
}

const HEAD = [
  '| Fault | Target | Sent | Acked | Lost | Twice | Dead letters | Longest gap | Recovery | Peak RSS | Counted | Reached |',
  '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|',
];

export function tableOf(rows: readonly Row[]): string {
  return [...HEAD, ...rows.map(line)].join('\n');
}

function line({ title, target, numbers, note, failures }: Row): string {
  if (numbers === undefined) return `| ${title} | ${target} | ${'| '.repeat(8)}| not run: ${note} | – |`;
  const { sent, acknowledged, lost, twice, deadLetters } = numbers;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const cells = [
    ...[title, target, sent, acknowledged, lost, twice, deadLetters],
    seconds(numbers.longestGapMs),
    numbers.recoveryMs === 0 ? '–' : seconds(numbers.recoveryMs),
    `${Math.round(numbers.peakRssBytes / 2 ** 20)} MiB`,
    `${note}${note === '' ? '' : '; '}${numbers.scrapes} scrapes`,
    failures.length === 0 ? 'yes' : `**no**: ${failures.join('; ')}`,
  ];
  return `| ${cells.join(' | ')} |`;
}
