/** A service that waits: how soon it is ready, and what it uses when nothing comes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { cpuMs, rssBytes } from '../machine/usage.js';
import { atMost, comparison, figure, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { startPython } from '../subjects/python.js';
import type { Subject } from '../subjects/subject.js';
import { TEST_UNET } from './models.js';

/** After the start, before it is taken for idle. */
const SETTLE_MS = 3000;
const IDLE_MS = 10_000;

export async function idle(bench: Bench): Promise<Section> {
  const { python, options } = bench;
  const settings = { port: bench.broker.port, precision: 'f32', model: TEST_UNET } as const;
  const starts = new Map<string, () => Promise<Subject>>([
    ['flawline', () => startFlawline({ ...settings, name: 'flawline' })],
  ]);
  if (typeof python !== 'string') {
    starts.set('Python threads', () => startPython(python, { ...settings, mode: 'threads', name: 'Python threads' }));
  }
  const columns = [...starts.keys()];
  const readySeconds = new Map(columns.map((column): [string, number[]] => [column, []]));
  const cpuPercent = new Map(columns.map((column): [string, number[]] => [column, []]));
  const rssMb = new Map(columns.map((column): [string, number[]] => [column, []]));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [column, start] of starts) {
      await using subject = await start();
      readySeconds.get(column)?.push(subject.startMs / 1000);
      await delay(SETTLE_MS);
      const before = cpuMs(subject.pids);
      await delay(IDLE_MS * options.scale);
      cpuPercent.get(column)?.push((100 * (cpuMs(subject.pids) - before)) / (IDLE_MS * options.scale));
      rssMb.get(column)?.push(rssBytes(subject.pids) / 1e6);
    }
  }
  return {
    id: 'idle',
    title: 'start and rest, f32',
    columns,
    rows: [
      figure('start to ready, s', readySeconds, { digits: 2, target: atMost(1.5) }),
      figure('CPU at rest, % of a core', cpuPercent, { digits: 2, target: atMost(0.5) }),
      comparison('RSS at rest, before the first picture, MB', rssMb, { best: 'lowest', digits: 0 }),
    ],
    notes: [],
  };
}
