/** What is saved when nine of ten pictures are clean and the predicate drops them: nothing is drawn or published for those. */
import type { Bench } from '../bench.js';
import { measure, warmUp } from '../measure.js';
import { atMost, comparison, figure, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { withSubjects } from '../subjects/subject.js';
import { SURFACE_DEFECT } from './models.js';
import { cpuMsOf, inTurns, perSecondOf, roundsOf } from './turns.js';

const CLEAN = 9;

export async function filter(bench: Bench): Promise<Section> {
  const size = { width: 1280, height: 960 };
  const clean = await bench.draw({ ...size, count: CLEAN, spots: 0 });
  const marked = await bench.draw({ ...size, count: 1, spots: 6 });
  const settings = { port: bench.broker.port, precision: 'f32', model: SURFACE_DEFECT } as const;
  const where = (text: string) => () => startFlawline({ ...settings, name: text, env: { FLAWLINE_RULE_WHERE: text } });
  return await withSubjects([where('defect > 0'), where('defect >= 0')], async (subjects) => {
    const load = {
      pictures: [...clean, ...marked],
      count: 10 * Math.ceil(bench.count(200) / 10),
      pace: { window: 3 * (CLEAN + 1) },
      hasFiltered: true,
    };
    for (const subject of subjects) {
      await warmUp(bench, subject, marked);
      await measure(bench, subject, load);
    }
    const turns = await inTurns(
      bench,
      subjects.map((subject) => ({ column: subject.name, subject, load })),
    );
    const share = roundsOf(turns, ({ load: { results, done } }) => (100 * results) / done);
    return {
      id: 'filter',
      title: '90 % clean pictures',
      columns: [...turns.keys()],
      rows: [
        comparison('CPU ms a message', roundsOf(turns, cpuMsOf), { best: 'lowest', digits: 2, target: atMost(0.9) }),
        comparison('messages/s at saturation', roundsOf(turns, perSecondOf), { best: 'highest' }),
        figure('of the pictures with a result, %', share),
      ],
      notes: [],
    };
  });
}
