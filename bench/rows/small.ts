/** Small work: pictures of 20 KB and a tiny model, where a message's way counts for more than the picture; beside Python. */
import { convolutions, writeIr } from '../../test/support/engine/ir.js';
import { makeTemporaryFolder } from '../../test/support/temporary-folder.js';
import type { Bench } from '../bench.js';
import { type Measurement, measure, SATURATING } from '../measure.js';
import { atLeast, atMost, comparison, figure, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { startPython } from '../subjects/python.js';
import { type Subject, withSubjects } from '../subjects/subject.js';
import { cpuMsOf, inTurns, perSecondOf, roundsOf, rssMbOf } from './turns.js';

const PICTURES = { count: 24, width: 320, height: 240, spots: 4 };
/** Of a service that has just started: V8 has compiled little of it. */
const FIRST = 1800;
/** From here on nothing changes any more. */
const WARM = 4000;
const MEASURED = 1000;

export async function small(bench: Bench): Promise<Section> {
  const pictures = await bench.draw(PICTURES);
  await using folder = await makeTemporaryFolder();
  const model = writeIr(folder.path, 'small', convolutions({ depth: 1, channels: 8, size: 128 }).ir);
  const { python } = bench;
  const settings = { port: bench.broker.port, precision: 'f32', model } as const;
  const { cpuProfiles } = bench.options;
  const starts: (() => Promise<Subject>)[] = [() => startFlawline({ ...settings, name: 'flawline', cpuProfiles })];
  if (typeof python !== 'string') {
    starts.push(() => startPython(python, { ...settings, mode: 'threads', name: 'Python threads' }));
  }
  return await withSubjects(starts, async (subjects) => {
    const first: [string, Measurement[]][] = [];
    for (const subject of subjects) {
      const load = { pictures, count: bench.count(FIRST), pace: SATURATING };
      first.push([subject.name, [await measure(bench, subject, load)]]);
      await measure(bench, subject, { pictures, count: bench.count(WARM - FIRST), pace: SATURATING });
      await measure(bench, subject, { pictures, count: 2 * pictures.length, pace: { window: 4 }, compares: true });
    }
    const load = { pictures, count: bench.count(MEASURED), pace: SATURATING };
    const warm = await inTurns(
      bench,
      subjects.map((subject) => ({ column: subject.name, subject, load })),
    );
    const lowest = { best: 'lowest', digits: 2 } as const;
    const highest = { best: 'highest' } as const;
    const main = ({ threadsMs }: Measurement) => threadsMs[0] ?? Number.NaN;
    const ofFirst = (value: (measurement: Measurement) => number) => roundsOf(new Map(first), value);
    return {
      id: 'small',
      title: 'small work, f32',
      columns: subjects.map(({ name }) => name),
      rows: [
        comparison('CPU ms a message', roundsOf(warm, cpuMsOf), { ...lowest, target: atMost(0.85) }),
        comparison('messages/s at saturation', roundsOf(warm, perSecondOf), { ...highest, target: atLeast(1.25) }),
        comparison('CPU ms a message, the first 1800', ofFirst(cpuMsOf), { ...lowest, target: atMost(1.1) }),
        comparison('messages/s, the first 1800', ofFirst(perSecondOf), { ...highest, target: atLeast(1) }),
        figure('main thread, CPU ms a message', roundsOf(warm, main), { digits: 2, target: atMost(0.6) }),
        figure('RSS at saturation, MB', roundsOf(warm, rssMbOf), { digits: 0 }),
      ],
      notes: ['320×240 pictures of about 19 KB, a model of two convolutions with 8 channels at 128×128.'],
    };
  });
}
