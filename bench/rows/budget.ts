/** Where the time of a message goes: single stages, the path through the pool, the whole service; stages by its histograms. */
import { STAGES } from '../../src/domain/inspection.js';
import type { Bench } from '../bench.js';
import { type Measurement, measure, SATURATING, warmUp } from '../measure.js';
import { atMost, figure, median, type Row, type Section } from '../report.js';
import { startStages, WORKS, type Work } from '../stages/stages.js';
import { type Flawline, startFlawline } from '../subjects/flawline.js';
import { TEST_UNET } from './models.js';

const SECONDS = 4;
/** The host changes its pace within seconds, by more than what is looked for: the three that are subtracted take short turns. */
const SLICES = 4;
const ALONE_WORKS = ['decode', 'infer', 'encode'] as const;
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
  const worked = (work: Work) => works.get(work) ?? [];
  const run = async (work: Work, seconds: number) =>
    (await stages.run({ work, seconds: seconds * bench.options.scale })).cpuMs;
  const services: number[] = [];
  const mains: number[] = [];
  const stagesMs = new Map<string, StageTimes[]>([
    [ALONE, []],
    [BUSY, []],
  ]);
  for (let round = 0; round < rounds; round += 1) {
    for (const work of ALONE_WORKS) worked(work).push(await run(work, SECONDS));
    const slices: Slice[] = [];
    for (let slice = 0; slice < SLICES; slice += 1) {
      const bare = await run('bare', SECONDS / 2);
      const busy = await timed(service, () =>
        measure(bench, service, { pictures, count: bench.count(80), pace: SATURATING }),
      );
      slices.push({ bare, pool: await run('pool', SECONDS / 2), ...busy });
    }
    const mean = (value: (slice: Slice) => number) =>
      slices.reduce((sum, slice) => sum + value(slice), 0) / slices.length;
    worked('bare').push(mean(({ bare }) => bare));
    worked('pool').push(mean(({ pool }) => pool));
    services.push(mean(({ measurement }) => measurement.cpuMs));
    mains.push(mean(({ measurement }) => measurement.threadsMs[0] ?? Number.NaN));
    stagesMs.get(BUSY)?.push(...slices.map(({ stages: times }) => times));
    const alone = await timed(service, () =>
      measure(bench, service, { pictures, count: bench.count(60), pace: { window: 1 } }),
    );
    stagesMs.get(ALONE)?.push(alone.stages);
  }
  const cpu = (values: readonly number[]) => new Map([[CPU, values]]);
  const difference = (from: readonly number[], work: Work) =>
    cpu(from.map((value, round) => value - (worked(work)[round] ?? Number.NaN)));
  const pool = worked('pool');
  const rows: Row[] = [
    ...STAGES.map((stage): Row => ({ name: stage, digits: 2, cells: stageCells(stage, stagesMs) })),
    figure('decode, alone in all threads', cpu(worked('decode')), { digits: 2 }),
    figure('infer, alone in all threads', cpu(worked('infer')), { digits: 2 }),
    figure('encode, alone in all threads', cpu(worked('encode')), { digits: 2 }),
    figure('decode + infer + encode', cpu(worked('bare')), { digits: 2 }),
    figure('the path through the pool, without MQTT', cpu(pool), { digits: 2 }),
    figure('a message of the service', cpu(services), { digits: 2 }),
    figure('overhead: service − (decode + infer + encode)', difference(services, 'bare'), {
      digits: 2,
      target: atMost(3),
    }),
    figure('of it within the pool', difference(pool, 'bare'), { digits: 2 }),
    figure('of it MQTT and the rest', difference(services, 'pool'), { digits: 2 }),
    figure('main thread', cpu(mains), { digits: 2, target: atMost(1.5) }),
  ];
  return {
    id: `budget-${precision}`,
    title: `budget, ${precision}`,
    columns: [CPU, ALONE, BUSY],
    rows,
    notes: [`${precision}; ${SLICES} slices of each in every round.`],
  };
}

/** Mean milliseconds of each stage. */
type StageTimes = ReadonlyMap<string, number>;

interface Timed {
  readonly measurement: Measurement;
  readonly stages: StageTimes;
}

/** CPU milliseconds a picture of three ways that were run one right after the other. */
interface Slice extends Timed {
  readonly bare: number;
  readonly pool: number;
}

async function timed(service: Flawline, run: () => Promise<Measurement>): Promise<Timed> {
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
