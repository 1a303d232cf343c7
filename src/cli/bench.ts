import { STAGES, type Stage } from '../domain/inspection.js';
import { benchmarkInference } from '../pool/one-shots.js';
import type { Pool } from '../pool/pool.js';
import { compileTask, startPool } from '../pool/start-pool.js';
import { prepareWorkers } from '../service/prepare.js';
import type { BenchmarkTask } from '../worker/protocol/one-shot.js';
import type { WorkerSetup } from '../worker/protocol/worker.js';
import { type CommandIo, defineCommand } from './command.js';
import { loadCommandConfig, MODEL_OPTION, withOneModel } from './load.js';
import { number } from './options.js';
import { pictureFiles, readPicture, sampleFiles } from './pictures.js';

const WARM_UP = 10;

export const bench = defineCommand({
  positionals: '[FILE|DIR…]',
  summary: 'Stage times, the pace of the workers and the inference ceiling of this machine, without a broker.',
  about: ['The samples when no pictures are named. Figures of a shared machine are noisy: compare ratios of one run.'],
  options: { seconds: number('N', 'how long', { minimum: 0.1, otherwise: 5 }), model: MODEL_OPTION },
  examples: ['bench', 'bench pictures/ --seconds 20'],
  async run({ seconds, ...values }, positionals, io) {
    const config = withOneModel(loadCommandConfig(values, io).config, values.model, io);
    const files = positionals.length > 0 ? await pictureFiles(positionals, io.cwd) : await sampleFiles();
    const payloads = await Promise.all(
      files.map(async (file) => payloadOf(await readPicture(file), config.payload.imageField)),
    );
    const { setup } = await prepareWorkers(config, io);
    const { pool, compiled } = await startPool(
      [setup],
      {
        engine: setup.engine,
        count: config.workers.count,
        jobTimeoutMs: config.limits.jobTimeoutMs,
        startTimeoutFactor: config.limits.startTimeoutFactor,
        random: Math.random,
      },
      {
        onRestart: () => undefined,
        onStartFailed: () => undefined,
        onAbandoned: () => undefined,
        onWarning: () => undefined,
        onChange: () => undefined,
      },
    );
    try {
      io.stderr(`measuring for 2 × ${seconds} s: the workers, then inference alone\n`);
      await measure(pool, payloads, WARM_UP, undefined, io);
      const concurrency = config.workers.count * 2;
      const run = await measure(pool, payloads, concurrency, seconds, io);
      const shared = compiled.get(setup.key)?.shared;
      report(run, setup, config.workers, io);
      const ceiling = await ceilingOf({ ...compileTask(setup), shared, seconds }, config.workers.count, io.signal);
      if (ceiling === undefined) {
        io.stderr('interrupted: inference alone was not measured\n');
        return 1;
      }
      const share = (100 * run.count) / run.seconds / ceiling;
      io.stdout(
        `\ninference alone: ${ceiling.toFixed(1)} a second is the ceiling; the workers reach ${share.toFixed(0)} % of it\n`,
      );
      return 0;
    } finally {
      await pool.close();
    }
  },
});

/** Undefined when it is interrupted. */
async function ceilingOf(task: BenchmarkTask, threads: number, signal: AbortSignal): Promise<number | undefined> {
  try {
    return await benchmarkInference(task, threads, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

interface Run {
  readonly count: number;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly stages: ReadonlyMap<Stage, readonly number[]>;
}

/** Keeps `concurrency` jobs open until the time is over; without a time: one each. */
async function measure(
  pool: Pool,
  payloads: readonly Uint8Array[],
  concurrency: number,
  seconds: number | undefined,
  { signal, cpuMs }: CommandIo,
): Promise<Run> {
  const stages = new Map<Stage, number[]>(STAGES.map((stage) => [stage, []]));
  const startMs = performance.now();
  const startCpuMs = cpuMs();
  let count = 0;
  let next = 0;
  const goesOn = () => seconds !== undefined && !signal.aborted && performance.now() - startMs < seconds * 1000;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      do {
        const payload = payloads[next++ % payloads.length] ?? new Uint8Array();
        const { stagesMs, release } = await pool.run({
          topic: 'bench',
          payload,
          properties: { user: [] },
          receivedAtMs: Date.now(),
        });
        release?.();
        for (const stage of STAGES) if (stagesMs[stage] !== undefined) stages.get(stage)?.push(stagesMs[stage]);
        count += 1;
      } while (goesOn());
    }),
  );
  return { count, stages, seconds: (performance.now() - startMs) / 1000, cpuMs: cpuMs() - startCpuMs };
}

function report(
  { count, seconds, cpuMs, stages }: Run,
  setup: WorkerSetup,
  workers: { count: number; streams: number },
  io: CommandIo,
): void {
  io.stdout(
    `${setup.engine.name}, ${setup.compile.precision}, ${workers.count} workers on ${workers.streams} streams, JPEG by ${setup.turbojpeg === undefined ? 'sharp' : 'libturbojpeg'}\n`,
  );
  io.stdout(
    `${count} pictures in ${seconds.toFixed(1)} s: ${(count / seconds).toFixed(1)} a second, ${(cpuMs / count).toFixed(2)} CPU ms each\n\n`,
  );
  io.stdout('stage      median ms      p99 ms\n');
  for (const [stage, times] of stages) {
    if (times.length === 0) continue;
    const sorted = times.toSorted((a, b) => a - b);
    const at = (quantile: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? 0).toFixed(2);
    io.stdout(`${stage.padEnd(9)}${at(0.5).padStart(11)}${at(0.99).padStart(12)}\n`);
  }
}

function payloadOf(picture: Buffer, field: string): Buffer {
  return Buffer.from(JSON.stringify({ [field]: picture.toString('base64') }));
}
