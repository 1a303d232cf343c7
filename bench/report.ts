/** Figures of interleaved rounds → medians, ratios, targets → one table. */

/** Values of the rounds, by column; rounds of one row ran one after the other. */
export type Rounds = ReadonlyMap<string, readonly number[]>;

export interface Target {
  /** As written in the table: `≤ 0.93`. */
  readonly text: string;
  readonly isMet: (value: number) => boolean;
}

export interface Row {
  readonly name: string;
  readonly digits: number;
  /** Medians by column. */
  readonly cells: Readonly<Record<string, number>>;
  /** First column divided by the best of the others, median of the rounds. */
  readonly ratio?: number;
  readonly target?: string;
  readonly isMet?: boolean;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

export const atMost = (limit: number, unit = ''): Target => ({
  text: `≤ ${limit}${unit}`,
  isMet: (value) => value <= limit,
});
export const atLeast = (limit: number, unit = ''): Target => ({
  text: `≥ ${limit}${unit}`,
  isMet: (value) => value >= limit,
});

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Of ascending values, 0 ≤ share < 1. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A figure of its own; the target is on the first column. */
export function figure(name: string, rounds: Rounds, options: { digits?: number; target?: Target } = {}): Row {
  const { digits = 1, target } = options;
  const cells = Object.fromEntries([...rounds].map(([column, values]) => [column, median(values)]));
  const [first] = Object.values(cells);
  if (target === undefined || first === undefined) return { name, digits, cells };
  return { name, digits, cells, target: target.text, isMet: target.isMet(first) };
}

/** A figure with the ratio of the first column to the best of the others; the target is on the ratio. */
export function comparison(
  name: string,
  rounds: Rounds,
  options: { best: 'lowest' | 'highest'; digits?: number; target?: Target },
): Row {
  const { best, target, ...rest } = options;
  const row = figure(name, rounds, rest);
  const [first, ...others] = [...rounds.values()];
  const sign = best === 'lowest' ? 1 : -1;
  const [peer] = others.toSorted((a, b) => sign * (median(a) - median(b)));
  if (first === undefined || peer === undefined) return row;
  const ratio = median(first.map((value, round) => value / (peer[round] ?? Number.NaN)));
  return { ...row, ratio, ...(target === undefined ? {} : { target: target.text, isMet: target.isMet(ratio) }) };
}

/** GitHub's table form. */
export function tableOf({ title, columns, rows, notes }: Section): string {
  const lines = rows.map(({ name, digits, cells, ratio, target, isMet }) => [
    name,
    ...columns
      .map((column) => cells[column] ?? Number.NaN)
      .map((value) => (Number.isNaN(value) ? '–' : value.toFixed(digits))),
    ratio === undefined ? '' : ratio.toFixed(2),
    target === undefined ? '' : `${target} ${isMet ? 'met' : 'missed'}`,
  ]);
  const table = [[title, ...columns, 'ratio', 'target'], ...lines];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  const text = table.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  text.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return [...text, ...notes.map((note) => `\n${note}`)].join('\n');
}
