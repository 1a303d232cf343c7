/** Large pictures: decoded and resized exactly, with every pixel looked at, and decoded at a part of their size; beside Python. */
import type { Bench } from '../bench.js';
import { warmUp } from '../measure.js';
import { atMost, comparison, median, type Row, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { startPython } from '../subjects/python.js';
import { type Subject, withSubjects } from '../subjects/subject.js';
import { SURFACE_DEFECT } from './models.js';
import { cpuMsOf, inTurns, perSecondOf, roundsOf } from './turns.js';

const SIZES = [
  { width: 4000, height: 3000, count: 40, target: atMost(0.65) },
  { width: 2304, height: 1728, count: 80, target: atMost(0.8) },
] as const;
const PICTURES = 4;
const AREA = { FLAWLINE_MODEL_INTERPOLATION: 'area' };
const WAYS = {
  'area, scaled': { ...AREA, FLAWLINE_MODEL_DECODE: 'scaled' },
  area: AREA,
  linear: {},
} as const;

export async function large(bench: Bench): Promise<Section> {
  // Its self-test picture has the model's size, and so gives the same in all of these ways.
  const settings = { port: bench.broker.port, precision: 'f32', model: SURFACE_DEFECT } as const;
  const { python } = bench;
  const starts: (() => Promise<Subject>)[] = Object.entries(WAYS).map(
    ([name, env]) =>
      () =>
        startFlawline({ ...settings, name, env }),
  );
  if (typeof python !== 'string') {
    starts.push(() => startPython(python, { ...settings, mode: 'threads', name: 'Python threads' }));
  }
  return await withSubjects(starts, async (subjects) => {
    const rows: Row[] = [];
    for (const { count, target, ...size } of SIZES) {
      const pictures = await bench.draw({ ...size, count: PICTURES, spots: 6 });
      for (const subject of subjects) await warmUp(bench, subject, pictures, rows.length === 0 ? bench.count(400) : 24);
      const load = { pictures, count: bench.count(count), pace: { window: 12 } };
      const turns = await inTurns(
        bench,
        subjects.map((subject) => ({ column: subject.name, subject, load })),
      );
      const megapixels = Math.round((size.width * size.height) / 1e6);
      const exact = (turns.get('linear') ?? []).map(cpuMsOf);
      const toExact = (turns.get('area, scaled') ?? []).map(
        (turn, round) => cpuMsOf(turn) / (exact[round] ?? Number.NaN),
      );
      rows.push(
        comparison(`CPU ms a message, ${megapixels} MP`, roundsOf(turns, cpuMsOf), { best: 'lowest' }),
        {
          name: `of it scaled to linear, ${megapixels} MP`,
          digits: 2,
          cells: { 'area, scaled': median(toExact) },
          target: target.text,
          isMet: target.isMet(median(toExact)),
        },
        comparison(`messages/s at saturation, ${megapixels} MP`, roundsOf(turns, perSecondOf), { best: 'highest' }),
      );
    }
    const columns = subjects.map(({ name }) => name);
    return { id: 'large', title: 'large pictures, shipped model, f32', columns, rows, notes: [] };
  });
}
