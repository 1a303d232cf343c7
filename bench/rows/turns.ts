/** Variants measured turn by turn, and the rows that most sections have. */
import type { Bench } from '../bench.js';
import { type LoadOptions, type Measurement, measure } from '../measure.js';
import type { Rounds } from '../report.js';
import type { Subject } from '../subjects/subject.js';

export interface Variant {
  /** Column of the table. */
  readonly column: string;
  readonly subject: Subject;
  readonly load: LoadOptions;
}

/** Measurements of all rounds, by column. */
export type Turns = ReadonlyMap<string, readonly Measurement[]>;

export async function inTurns(bench: Bench, variants: readonly Variant[]): Promise<Turns> {
  const turns = new Map(variants.map(({ column }): [string, Measurement[]] => [column, []]));
  for (let round = 0; round < bench.options.rounds; round += 1) {
    for (const { column, subject, load } of variants) {
      turns.get(column)?.push(await measure(bench, subject, load));
    }
  }
  return turns;
}

export function roundsOf(turns: Turns, value: (measurement: Measurement) => number): Rounds {
  return new Map([...turns].map(([column, measurements]) => [column, measurements.map(value)]));
}

export const cpuMsOf = ({ cpuMs }: Measurement): number => cpuMs;
export const perSecondOf = ({ load }: Measurement): number => load.perSecond;
export const rssMbOf = ({ medianRssBytes }: Measurement): number => medianRssBytes / 1e6;
