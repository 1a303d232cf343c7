/** Where the time of a message goes: single stages, the path through the pool, the whole service; stages by its histograms. */
import { STAGES } from '../../../src/message.js';
import type { Bench } from '../bench.js';
import { type Measurement, measure, SATURATING, warmUp } from '../measure.js';
import { atMost, figure, median, type Row, type Section } from '../report.js';
import { type Stages, startStages, WORKS, type Work } from '../stages/stages.js';
import { type Flawline, startFlawline } from '../subjects/flawline.js';
import { TEST_UNET } from './models.js';

const SECONDS = 4;
const CPU = 'CPU ms';
const ALONE = 'ms, one at a time';
const BUSY = 'ms, saturated';

export async function budget(bench: Bench, precision: 'f32' | 'bf16'): Promise<Section> {
  const { pictures, options } = bench;
  const { cpuProfiles, rounds } = options;
  const settings = { model: TEST_UNET, precision };
  await using stages = await startStages({ ...settings, pictures });
  await using service = await startFlawline({ ...settings, name: 'flawline', port: bench.broker.port, cpuProfiles });
  await warmUp(bench, service, pictures);
  const works = new Map<Work, number[]>(WORKS.map((work) => [work, []]));
  const saturated: Measurement[] = [];
  const stagesMs = new Map<string, StageTimes[]>([
    [ALONE, []],
    [BUSY, []],
  ]);
  for (let round = 0; round < rounds; round += 1) {
    await runWorks(bench, stages, works);
    const busy = await timed(service, () =>
      measure(bench, service, { pictures, count: bench.count(200), pace: SATURATING }),
    );
    const alone = await timed(service, () =>
      measure(bench, service, { pictures, count: bench.count(60), pace: { window: 1 } }),
    );
    saturated.push(busy.measurement);
    stagesMs.get(BUSY)?.push(busy.stages);
    stagesMs.get(ALONE)?.push(alone.stages);
  }
  const cpu = (values: readonly number[]) => new Map([[CPU, values]]);
  const service_ = saturated.map(({ cpuMs }) => cpuMs);
  const difference = (from: readonly number[], work: Work) =>
    cpu(from.map((value, round) => value - (works.get(work)?.[round] ?? Number.NaN)));
  const pool = works.get('pool') ?? [];
  const rows: Row[] = [
    ...STAGES.map((stage): Row => ({ name: stage, digits: 2, cells: stageCells(stage, stagesMs) })),
    figure('decode, alone in all threads', cpu(works.get('decode') ?? []), { digits: 2 }),
    figure('infer, alone in all threads', cpu(works.get('infer') ?? []), { digits: 2 }),
    figure('encode, alone in all threads', cpu(works.get('encode') ?? []), { digits: 2 }),
    figure('decode + infer + encode', cpu(works.get('bare') ?? []), { digits: 2 }),
    figure('the path through the pool, without MQTT', cpu(pool), { digits: 2 }),
    figure('a message of the service', cpu(service_), { digits: 2 }),
    figure('overhead: service − (decode + infer + encode)', difference(service_, 'bare'), {
      digits: 2,
      target: atMost(3),
    }),
    figure('of it within the pool', difference(pool, 'bare'), { digits: 2 }),
    figure('of it MQTT and the rest', difference(service_, 'pool'), { digits: 2 }),
    figure('main thread', cpu(saturated.map(({ threadsMs }) => threadsMs[0] ?? Number.NaN)), {
      digits: 2,
      target: atMost(1.5),
    }),
  ];
  const others = median(saturated.map(({ threadsMs }) => threadsMs.slice(1).reduce((sum, each) => sum + each, 0)));
  const [last] = saturated.slice(-1);
  const notes = [
    `${precision}; all threads but the main one: ${others.toFixed(2)} CPU ms a message, in the last round ${(
      last?.threadsMs ?? []
    )
      .slice(1, 16)
      .map((ms) => ms.toFixed(2))
      .join(' + ')}.`,
  ];
  return { id: `budget-${precision}`, title: `budget, ${precision}`, columns: [CPU, ALONE, BUSY], rows, notes };
}

async function runWorks(bench: Bench, stages: Stages, works: ReadonlyMap<Work, number[]>): Promise<void> {
  for (const [work, values] of works) {
    values.push((await stages.run({ work, seconds: SECONDS * bench.options.scale })).cpuMs);
  }
}

/** Mean milliseconds of each stage. */
type StageTimes = ReadonlyMap<string, number>;

async function timed(
  service: Flawline,
  run: () => Promise<Measurement>,
): Promise<{ measurement: Measurement; stages: StageTimes }> {
  const before = await service.metrics();
  const measurement = await run();
  const after = await service.metrics();
  const grown = (series: string) => (after.get(series) ?? 0) - (before.get(series) ?? 0);
  const mean = (stage: string) =>
    (1000 * grown(`flawline_stage_duration_seconds_sum{stage="${stage}"}`)) /
    grown(`flawline_stage_duration_seconds_count{stage="${stage}"}`);
  return { measurement, stages: new Map(STAGES.map((stage) => [stage, mean(stage)])) };
}

function stageCells(stage: string, times: ReadonlyMap<string, readonly StageTimes[]>): Record<string, number> {
  return Object.fromEntries(
    [...times].map(([column, rounds]) => [column, median(rounds.map((round) => round.get(stage) ?? Number.NaN))]),
  );
}
