/** The service against the hand-written Python services: same pictures, model and precision, turn by turn. */
import type { Bench } from '../bench.js';
import { hasBf16 } from '../machine/describe.js';
import { type Measurement, measure, SATURATING, warmUp } from '../measure.js';
import { atLeast, atMost, comparison, figure, median, quantile, type Rounds, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { startPython } from '../subjects/python.js';
import { type Subject, type SubjectOptions, withSubjects } from '../subjects/subject.js';
import { TEST_UNET } from './models.js';

const MODES = ['threads', 'processes'] as const;
/** Share of the best peer's pace for the latency under load. */
const LOAD = 0.7;
const CPU_TARGETS = { f32: atMost(0.93), bf16: atMost(0.9) } as const;

interface Seen {
  readonly saturated: Measurement[];
  readonly alone: Measurement[];
  readonly underLoad: Measurement[];
}

export async function peers(bench: Bench, precision: 'f32' | 'bf16'): Promise<Section> {
  const options = { port: bench.broker.port, model: TEST_UNET, precision };
  return await withSubjects(starts(bench, options), async (subjects) => {
    for (const subject of subjects) await warmUp(bench, subject, bench.pictures);
    return await compare(bench, precision, subjects);
  });
}

async function compare(bench: Bench, precision: 'f32' | 'bf16', subjects: readonly Subject[]): Promise<Section> {
  const { pictures } = bench;
  const { rounds } = bench.options;
  const seen = new Map(
    subjects.map((subject): [Subject, Seen] => [subject, { saturated: [], alone: [], underLoad: [] }]),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const [subject, { saturated, alone }] of seen) {
      saturated.push(await measure(bench, subject, { pictures, count: bench.count(200), pace: SATURATING }));
      alone.push(await measure(bench, subject, { pictures, count: bench.count(100), pace: { window: 1 } }));
    }
  }
  const paces = [...seen.values()].map(({ saturated }) => median(saturated.map(({ load }) => load.perSecond)));
  const perSecond = LOAD * Math.max(...(paces.length > 1 ? paces.slice(1) : paces));
  const count = bench.count(300); // the 99th of 100 is one of three
  const dueMs = Array.from({ length: count }, (_, n) => (1000 * n) / perSecond);
  for (let round = 0; round < rounds; round += 1) {
    for (const [subject, { underLoad }] of seen) {
      underLoad.push(await measure(bench, subject, { pictures, count, pace: { dueMs } }));
    }
  }
  return section(bench, precision, seen, perSecond);
}

/** The service first, then the peers that are installed. */
function starts(bench: Bench, options: Omit<SubjectOptions, 'name'>): (() => Promise<Subject>)[] {
  const { python } = bench;
  const { cpuProfiles } = bench.options;
  const service = () => startFlawline({ ...options, name: 'flawline', cpuProfiles });
  if (typeof python === 'string') return [service];
  const written = MODES.map((mode) => () => startPython(python, { ...options, mode, name: `Python ${mode}` }));
  return [service, ...written];
}

function section(
  bench: Bench,
  precision: 'f32' | 'bf16',
  seen: ReadonlyMap<Subject, Seen>,
  perSecond: number,
): Section {
  const rounds = (phase: keyof Seen, value: (measurement: Measurement) => number): Rounds =>
    new Map([...seen].map(([{ name }, phases]) => [name, phases[phase].map(value)]));
  const start: Rounds = new Map([...seen.keys()].map(({ name, startMs }) => [name, [startMs / 1000]]));
  const at = (share: number) => (measurement: Measurement) => quantile(measurement.load.latenciesMs, share);
  const lowest = { best: 'lowest' } as const;
  const mega = 1e6;
  const notes = [
    `${precision}: load of the p99 row ${perSecond.toFixed(1)} messages/s, ${bench.options.rounds} rounds.`,
  ];
  if (typeof bench.python === 'string') notes.push(`Python peer: ${bench.python}`);
  else notes.push(`Peer: ${bench.python.versions}.`);
  if (precision === 'bf16' && !hasBf16()) notes.push('This processor has no bf16: both ran in f32.');
  return {
    id: precision,
    title: precision,
    columns: [...seen.keys()].map(({ name }) => name),
    notes,
    rows: [
      comparison(
        'CPU ms a message',
        rounds('saturated', ({ cpuMs }) => cpuMs),
        {
          ...lowest,
          digits: 2,
          target: CPU_TARGETS[precision],
        },
      ),
      comparison(
        'messages/s at saturation',
        rounds('saturated', ({ load }) => load.perSecond),
        {
          best: 'highest',
          target: atLeast(1.1),
        },
      ),
      figure(
        'cores busy with it and the load, %',
        rounds('saturated', ({ usedShare }) => 100 * usedShare),
        {
          target: atLeast(95),
        },
      ),
      figure(
        'cores busy with anything, %',
        rounds('saturated', ({ load }) => 100 * load.busyShare),
      ),
      figure(
        'broker, CPU ms a message',
        rounds('saturated', ({ brokerCpuMs }) => brokerCpuMs),
        { digits: 2 },
      ),
      figure(
        'load generator, CPU ms a message',
        rounds('saturated', ({ harnessCpuMs }) => harnessCpuMs),
        { digits: 2 },
      ),
      comparison('p50 ms, one at a time', rounds('alone', at(0.5)), { ...lowest, target: atMost(0.85) }),
      comparison('p95 ms, one at a time', rounds('alone', at(0.95)), { ...lowest, target: atMost(0.85) }),
      comparison('p99 ms, one at a time', rounds('alone', at(0.99)), lowest),
      comparison(`p99 ms at ${100 * LOAD} % load`, rounds('underLoad', at(0.99)), { ...lowest, target: atMost(1) }),
      comparison(
        'CPU ms a message at that load',
        rounds('underLoad', ({ cpuMs }) => cpuMs),
        { ...lowest, digits: 2 },
      ),
      figure(
        'RSS at saturation, MB, peak',
        rounds('saturated', ({ peakRssBytes }) => peakRssBytes / mega),
        {
          digits: 0,
          target: atMost(220),
        },
      ),
      figure(
        'RSS at saturation, MB, median',
        rounds('saturated', ({ medianRssBytes }) => medianRssBytes / mega),
        { digits: 0 },
      ),
      figure('start to ready, s', start, { digits: 2, target: atMost(1.5) }),
    ],
  };
}
