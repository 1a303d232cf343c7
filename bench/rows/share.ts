/** One process with every core against two that share a subscription and have half of them each. */
import type { Bench } from '../bench.js';
import { SATURATING, warmUp } from '../measure.js';
import { comparison, figure, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { type Subject, topicsOf, withSubjects } from '../subjects/subject.js';
import { TEST_UNET } from './models.js';
import { cpuMsOf, inTurns, perSecondOf, roundsOf, rssMbOf } from './turns.js';

const PAIR = 'two processes on $share';

export async function share(bench: Bench): Promise<Section> {
  const { pictures } = bench;
  const settings = { port: bench.broker.port, precision: 'f32', model: TEST_UNET } as const;
  const { topicIn, topicOut } = topicsOf(PAIR);
  const env = {
    FLAWLINE_SOURCE_TOPICS: `$share/bench/${topicIn}`,
    FLAWLINE_SINK_TOPIC: topicOut,
    FLAWLINE_WORKERS_STREAMS: '1',
    FLAWLINE_WORKERS_COUNT: '2',
  };
  const member = (name: string) => () => startFlawline({ ...settings, name, env });
  const starts = [() => startFlawline({ ...settings, name: 'one process' }), member('first'), member('second')];
  return await withSubjects<Subject, Section>(starts, async ([one, first, second]) => {
    if (!one || !first || !second) throw new Error('unreachable');
    const pids = [...first.pids, ...second.pids];
    const pair: Subject = { ...first, name: PAIR, topicIn, topicOut, pids };
    const load = { pictures, count: bench.count(200), pace: SATURATING };
    for (const subject of [one, pair]) await warmUp(bench, subject, pictures);
    const turns = await inTurns(
      bench,
      [pair, one].map((subject) => ({ column: subject.name, subject, load })),
    );
    return {
      id: 'share',
      title: 'scaling out, f32',
      columns: [...turns.keys()],
      rows: [
        comparison('CPU ms a message', roundsOf(turns, cpuMsOf), { best: 'lowest', digits: 2 }),
        comparison('messages/s at saturation', roundsOf(turns, perSecondOf), { best: 'highest' }),
        figure('RSS at saturation, MB', roundsOf(turns, rssMbOf), { digits: 0 }),
      ],
      notes: [],
    };
  });
}
