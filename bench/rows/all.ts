/** Every row of the table, in its order. */
import type { Bench } from '../bench.js';
import type { Section } from '../report.js';
import { budget } from './budget.js';
import { cameras } from './cameras.js';
import { filter } from './filter.js';
import { flops, pixels } from './growth.js';
import { hairlines } from './hairlines.js';
import { idle } from './idle.js';
import { inference } from './inference.js';
import { int8 } from './int8.js';
import { keep } from './keep.js';
import { large } from './large.js';
import { long } from './long.js';
import { memory } from './memory.js';
import { objects } from './objects.js';
import { peers } from './peers.js';
import { planes } from './planes.js';
import { several } from './several.js';
import { share } from './share.js';
import { small } from './small.js';

export interface BenchRow {
  readonly id: string;
  /** `named`: only when it is named, it takes long. */
  readonly extent: 'quick' | 'full' | 'named';
  run(bench: Bench): Promise<Section>;
}

export const ROWS: readonly BenchRow[] = [
  { id: 'f32', extent: 'quick', run: (bench) => peers(bench, 'f32') },
  { id: 'bf16', extent: 'full', run: (bench) => peers(bench, 'bf16') },
  { id: 'budget', extent: 'quick', run: (bench) => budget(bench, 'f32') },
  { id: 'inference', extent: 'full', run: inference },
  { id: 'filter', extent: 'full', run: filter },
  { id: 'int8', extent: 'full', run: int8 },
  { id: 'detector', extent: 'full', run: (bench) => objects(bench, 'detect') },
  { id: 'instances', extent: 'full', run: (bench) => objects(bench, 'segment') },
  { id: 'idle', extent: 'full', run: idle },
  { id: 'memory', extent: 'full', run: memory },
  { id: 'share', extent: 'full', run: share },
  { id: 'several', extent: 'full', run: several },
  { id: 'pixels', extent: 'full', run: pixels },
  { id: 'large', extent: 'full', run: large },
  { id: 'small', extent: 'full', run: small },
  { id: 'flops', extent: 'full', run: flops },
  { id: 'cameras', extent: 'full', run: cameras },
  { id: 'keep', extent: 'named', run: keep },
  { id: 'planes', extent: 'named', run: planes },
  { id: 'hairlines', extent: 'named', run: hairlines },
  { id: 'long', extent: 'named', run: long },
];
