/** Cameras that one core bears: each sends 5 pictures a second at its own moment, and p99 stays within 200 ms. */
import { availableParallelism } from 'node:os';
import { seeded } from '../../test/support/seeded.js';
import type { Bench } from '../bench.js';
import { measure, SATURATING, warmUp } from '../measure.js';
import { median, quantile, type Row, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { startPython } from '../subjects/python.js';
import { type Subject, withSubjects } from '../subjects/subject.js';
import { TEST_UNET } from './models.js';

const PICTURES_PER_SECOND = 5;
const P99_MS = 200;
const SECONDS = 12;

export async function cameras(bench: Bench): Promise<Section> {
  const { python, pictures } = bench;
  const settings = { port: bench.broker.port, precision: 'f32', model: TEST_UNET } as const;
  const starts: (() => Promise<Subject>)[] = [() => startFlawline({ ...settings, name: 'flawline' })];
  if (typeof python !== 'string') {
    starts.push(() => startPython(python, { ...settings, mode: 'threads', name: 'Python threads' }));
  }
  return await withSubjects(starts, async (subjects) => {
    const borne = new Map<string, { count: number; p99Ms: number }>();
    for (const subject of subjects) {
      await warmUp(bench, subject, pictures);
      borne.set(subject.name, await mostCameras(bench, subject));
    }
    const cells = (value: (each: { count: number; p99Ms: number }) => number) =>
      Object.fromEntries([...borne].map(([name, each]) => [name, value(each)]));
    const rows: Row[] = [
      { name: 'cameras a core, p99 ≤ 200 ms', digits: 1, cells: cells(({ count }) => count / availableParallelism()) },
      { name: 'p99 ms with so many', digits: 0, cells: cells(({ p99Ms }) => p99Ms) },
    ];
    return { id: 'cameras', title: '1280×960 at 5 pictures/s, f32', columns: [...borne.keys()], rows, notes: [] };
  });
}

/** From what saturates it downwards, one camera less each time, until the median p99 of the rounds is within the limit. */
async function mostCameras(bench: Bench, subject: Subject): Promise<{ count: number; p99Ms: number }> {
  const { pictures } = bench;
  const { load } = await measure(bench, subject, { pictures, count: bench.count(200), pace: SATURATING });
  for (let count = Math.floor(load.perSecond / PICTURES_PER_SECOND); count > 0; count -= 1) {
    const p99s: number[] = [];
    for (let round = 0; round < bench.options.rounds; round += 1) {
      const dueMs = schedule(count, SECONDS * bench.options.scale, round);
      const run = await measure(bench, subject, { pictures, count: dueMs.length, pace: { dueMs } });
      p99s.push(quantile(run.load.latenciesMs, 0.99));
    }
    if (median(p99s) <= P99_MS) return { count, p99Ms: median(p99s) };
  }
  return { count: 0, p99Ms: Number.NaN };
}

/** Every camera has the same period and a phase of its own. */
function schedule(count: number, seconds: number, seed: number): number[] {
  const random = seeded(seed + 1);
  const periodMs = 1000 / PICTURES_PER_SECOND;
  const phasesMs = Array.from({ length: count }, () => periodMs * random());
  const perCamera = Math.round(seconds * PICTURES_PER_SECOND);
  return phasesMs
    .flatMap((phaseMs) => Array.from({ length: perCamera }, (_, n) => phaseMs + n * periodMs))
    .sort((a, b) => a - b);
}
