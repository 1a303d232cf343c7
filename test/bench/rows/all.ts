/** Every row of the table, in its order. */
import type { Bench } from '../bench.js';
import type { Section } from '../report.js';
import { budget } from './budget.js';
import { peers } from './peers.js';

export interface BenchRow {
  readonly id: string;
  /** Part of `--quick`. */
  readonly isQuick: boolean;
  /** Only when it is named: it takes long. */
  readonly isNamedOnly?: boolean;
  run(bench: Bench): Promise<Section>;
}

export const ROWS: readonly BenchRow[] = [
  { id: 'f32', isQuick: true, run: (bench) => peers(bench, 'f32') },
  { id: 'bf16', isQuick: true, run: (bench) => peers(bench, 'bf16') },
  { id: 'budget', isQuick: true, run: (bench) => budget(bench, 'f32') },
];
