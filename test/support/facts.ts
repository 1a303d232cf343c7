/** Facts of one picture for predicates; the same as in docs/predicate.md. */
import type { Facts } from '../../src/rules/where.js';

type Measures = Facts['measures'];

export function factsWith(over: Partial<Measures> & Partial<Omit<Facts, 'measures'>> = {}): Facts {
  const { topic = 'line/3/camera/left', msg = {}, props = [], ...measures } = over;
  const standard = { defect: 2, area: 0.03, largest: 0.02, score: 0.9, regions: [], width: 640, height: 480 };
  return { measures: { ...standard, ...measures }, topic, msg, props };
}
