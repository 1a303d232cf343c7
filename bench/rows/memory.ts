/** Where the resident memory of the service lies, and what settings for a small machine save. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { MEMORY_KINDS, type MemoryKind, memoryByKind, ownMemory } from '../machine/memory-map.js';
import { measure, SATURATING } from '../measure.js';
import { figure, type Row, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { TEST_UNET } from './models.js';

/** The self-test in the background is over then, and what the start alone needed given up. */
const REST_MS = 5000;
const WAYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  default: {},
  'without wide': { FLAWLINE_WORKERS_WIDE: 'false' },
  'profile small': { FLAWLINE_WORKERS_PROFILE: 'small' },
};

export async function memory(bench: Bench): Promise<Section> {
  const columns = new Map<string, ReadonlyMap<MemoryKind, number>>();
  const own = new Map<string, number>();
  const look = (column: string, pid: number) => {
    columns.set(column, memoryByKind(pid));
    own.set(column, ownMemory(pid));
  };
  for (const [name, env] of Object.entries(WAYS)) {
    await using service = await startFlawline({
      port: bench.broker.port,
      precision: 'f32',
      model: TEST_UNET,
      name,
      env,
    });
    await delay(REST_MS);
    if (columns.size === 0) look(`${name}, at rest`, service.pid);
    await measure(bench, service, { pictures: bench.pictures, count: bench.count(1000), pace: SATURATING });
    look(name, service.pid);
  }
  const rowOf = (name: string, value: (kinds: ReadonlyMap<MemoryKind, number>) => number): Row =>
    figure(name, new Map([...columns].map(([column, kinds]) => [column, [value(kinds) / 2 ** 20]])));
  const total = (kinds: ReadonlyMap<MemoryKind, number>) => [...kinds.values()].reduce((sum, bytes) => sum + bytes, 0);
  const ownRow = figure(
    'of it the process’s own, in no file',
    new Map([...own].map(([column, bytes]) => [column, [bytes / 2 ** 20]])),
  );
  return {
    id: 'memory',
    title: 'resident memory, MiB, f32',
    columns: [...columns.keys()],
    rows: [...MEMORY_KINDS.map((kind) => rowOf(kind, (kinds) => kinds.get(kind) ?? 0)), rowOf('all', total), ownRow],
    notes: ['By /proc/PID/smaps, after the messages where nothing else is said.'],
  };
}
