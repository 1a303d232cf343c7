/** The quantized variant of the shipped model: against the Python service on the same file, and against the unquantized one. */
import type { Bench } from '../bench.js';
import { SATURATING, warmUp } from '../measure.js';
import { comparison, figure, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { startPython } from '../subjects/python.js';
import { type Subject, withSubjects } from '../subjects/subject.js';
import { SURFACE_DEFECT, SURFACE_DEFECT_INT8 } from './models.js';
import { cpuMsOf, inTurns, perSecondOf, roundsOf, rssMbOf } from './turns.js';

const UNQUANTIZED = 'flawline, unquantized';

export async function int8(bench: Bench): Promise<Section> {
  const { pictures, python } = bench;
  const settings = { port: bench.broker.port, precision: 'f32' } as const;
  const starts: (() => Promise<Subject>)[] = [
    () => startFlawline({ ...settings, model: SURFACE_DEFECT_INT8, name: 'flawline' }),
    () => startFlawline({ ...settings, model: SURFACE_DEFECT, name: UNQUANTIZED }),
  ];
  if (typeof python !== 'string') {
    const peer = { ...settings, model: SURFACE_DEFECT_INT8, mode: 'threads', name: 'Python threads' } as const;
    starts.push(() => startPython(python, peer));
  }
  return await withSubjects(starts, async (subjects) => {
    for (const subject of subjects) await warmUp(bench, subject, pictures);
    const load = { pictures, count: bench.count(150), pace: SATURATING };
    const turns = await inTurns(
      bench,
      subjects.map((subject) => ({ column: subject.name, subject, load })),
    );
    const quantized = new Map([...turns].filter(([column]) => column !== UNQUANTIZED));
    const shipped = new Map([...turns].filter(([column]) => column !== 'Python threads'));
    return {
      id: 'int8',
      title: 'shipped model, INT8',
      columns: [...turns.keys()],
      rows: [
        comparison('CPU ms a message', roundsOf(quantized, cpuMsOf), { best: 'lowest', digits: 2 }),
        comparison('the same against the unquantized model', roundsOf(shipped, cpuMsOf), { best: 'lowest', digits: 2 }),
        comparison('messages/s at saturation', roundsOf(quantized, perSecondOf), { best: 'highest' }),
        figure('RSS at saturation, MB', roundsOf(turns, rssMbOf), { digits: 0 }),
      ],
      notes: [],
    };
  });
}
