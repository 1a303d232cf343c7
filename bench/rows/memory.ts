/** Where the resident memory of the service lies, and what settings for a small machine save. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { MEMORY_KINDS, type MemoryKind, memoryByKind } from '../machine/memory-map.js';
import { measure, SATURATING } from '../measure.js';
import { figure, type Row, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { TEST_UNET } from './models.js';

/** The second compilation and the self-test in the background are over then. */
const REST_MS = 3000;
const WAYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  default: {},
  'without wide': { FLAWLINE_WORKERS_WIDE: 'false' },
  'one stream, two workers, without wide': { FLAWLINE_WORKERS_STREAMS: '1', FLAWLINE_WORKERS_WIDE: 'false' },
};

export async function memory(bench: Bench): Promise<Section> {
  const columns = new Map<string, ReadonlyMap<MemoryKind, number>>();
  for (const [name, env] of Object.entries(WAYS)) {
    await using service = await startFlawline({
      port: bench.broker.port,
      precision: 'f32',
      model: TEST_UNET,
      name,
      env,
    });
    await delay(REST_MS);
    if (columns.size === 0) columns.set(`${name}, at rest`, memoryByKind(service.pid));
    await measure(bench, service, { pictures: bench.pictures, count: bench.count(1000), pace: SATURATING });
    columns.set(name, memoryByKind(service.pid));
  }
  const rowOf = (name: string, value: (kinds: ReadonlyMap<MemoryKind, number>) => number): Row =>
    figure(name, new Map([...columns].map(([column, kinds]) => [column, [value(kinds) / 2 ** 20]])));
  const total = (kinds: ReadonlyMap<MemoryKind, number>) => [...kinds.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    id: 'memory',
    title: 'resident memory, MiB, f32',
    columns: [...columns.keys()],
    rows: [...MEMORY_KINDS.map((kind) => rowOf(kind, (kinds) => kinds.get(kind) ?? 0)), rowOf('all', total)],
    notes: ['By /proc/PID/smaps, after the messages where nothing else is said.'],
  };
}
