/** Detectors and instance segmenters beside the Python service: the same model at 640, 20 objects a picture, turn by turn. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/std/package-root.js';
import { makeTemporaryFolder } from '../../test/support/temporary-folder.js';
import type { Bench } from '../bench.js';
import { SATURATING, warmUp } from '../measure.js';
import { atMost, comparison, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { type Python, startPython } from '../subjects/python.js';
import { withSubjects } from '../subjects/subject.js';
import { cpuMsOf, inTurns, perSecondOf, roundsOf } from './turns.js';

const MAKE_MODEL = join(packageRoot, 'bench/make_objects_model.py');
const KINDS = {
  detect: { id: 'detector', title: 'detector at 640, 20 objects', target: atMost(0.9) },
  segment: { id: 'instances', title: 'instance masks at 640, 20 objects', target: atMost(0.85) },
} as const;

export async function objects(bench: Bench, kind: keyof typeof KINDS): Promise<Section> {
  const { id, title, target } = KINDS[kind];
  const { pictures, python } = bench;
  if (typeof python === 'string') {
    return { id, title, columns: [], rows: [], notes: [`Python makes the model and is the peer: ${python}`] };
  }
  await using folder = await makeTemporaryFolder();
  execFileSync(python.path, [MAKE_MODEL, folder.path, kind], { stdio: ['ignore', 'ignore', 'inherit'] });
  return await withSubjects(starts(bench, python, join(folder.path, 'model.xml')), async (subjects) => {
    for (const subject of subjects) await warmUp(bench, subject, pictures);
    const load = { pictures, count: bench.count(200), pace: SATURATING };
    const turns = await inTurns(
      bench,
      subjects.map((subject) => ({ column: subject.name, subject, load })),
    );
    return {
      id,
      title,
      columns: [...turns.keys()],
      rows: [
        comparison('CPU ms a message', roundsOf(turns, cpuMsOf), { best: 'lowest', digits: 2, target }),
        comparison('messages/s at saturation', roundsOf(turns, perSecondOf), { best: 'highest' }),
      ],
      notes: [`f32, results of origin and regions, ${bench.options.rounds} rounds. Peer: ${python.versions}.`],
    };
  });
}

/** No picture is drawn: the peers answer with what was found alone, and so does the service. */
function starts({ broker: { port } }: Bench, python: Python, model: string) {
  const settings = { port, model, precision: 'f32' } as const;
  const env = { FLAWLINE_RESULT_FIELDS: 'origin,regions', FLAWLINE_RESULT_RENDER: 'none' };
  return [
    () => startFlawline({ ...settings, name: 'flawline', env }),
    ...(['threads', 'processes'] as const).map(
      (mode) => () => startPython(python, { ...settings, mode, task: 'objects', name: `Python ${mode}` }),
    ),
  ];
}
