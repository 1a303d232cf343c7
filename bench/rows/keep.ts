/** What keeping two pictures in a hundred costs twenty cameras, beside the same service that keeps none, twice: their distance is noise. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../bench.js';
import { measure, warmUp } from '../measure.js';
import { atMost, comparison, figure, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { withSubjects } from '../subjects/subject.js';
import { SURFACE_DEFECT } from './models.js';
import { cpuMsOf, inTurns, roundsOf } from './turns.js';

const CAMERAS = 20;
const SECONDS = 10;

export async function keep(bench: Bench): Promise<Section> {
  const folder = await mkdtemp(join(tmpdir(), 'flawline-'));
  const settings = { port: bench.broker.port, precision: 'f32', model: SURFACE_DEFECT } as const;
  const share = { FLAWLINE_KEEP_PATH: folder, FLAWLINE_KEEP_WHERE: 'false', FLAWLINE_KEEP_SHARE: '0.02' };
  const start =
    (name: string, env = {}) =>
    () =>
      startFlawline({ ...settings, name, env });
  try {
    const starts = [start('keep 2 %', share), start('keep off'), start('keep off, again')];
    return await withSubjects(starts, async (subjects) => {
      // Each camera sends one picture a second at a moment of its own.
      const seconds = Math.max(1, Math.round(SECONDS * bench.options.scale));
      const dueMs = Array.from({ length: CAMERAS * seconds }, (_, n) => (n * 1000) / CAMERAS);
      const load = { pictures: bench.pictures, count: dueMs.length, pace: { dueMs } };
      for (const subject of subjects) {
        await warmUp(bench, subject, bench.pictures);
        await measure(bench, subject, load);
      }
      const keptSoFar = async () => (await subjects[0]?.metrics())?.get('flawline_kept_total') ?? 0;
      // The first mask loads libvips: that is a cost of the start.
      for (const [first] = subjects; first !== undefined && (await keptSoFar()) === 0; )
        await measure(bench, first, load);
      const before = await keptSoFar();
      const turns = await inTurns(
        bench,
        subjects.map((subject) => ({ column: subject.name, subject, load })),
      );
      const kept = (await keptSoFar()) - before;
      const given = dueMs.length * bench.options.rounds;
      return {
        id: 'keep',
        title: `${CAMERAS} cameras, 1280×960, one picture a second each`,
        columns: [...turns.keys()],
        rows: [
          comparison('CPU ms a message', roundsOf(turns, cpuMsOf), { best: 'lowest', digits: 2, target: atMost(1.03) }),
          figure(
            'median RSS, MB',
            roundsOf(turns, ({ medianRssBytes }) => medianRssBytes / 1e6),
          ),
        ],
        notes: [`Kept ${kept} of ${given} pictures.`],
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
