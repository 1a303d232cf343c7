/**
 * Ways to share two cores between workers: `node build/bench/engine-main.js [SECONDS [ROUNDS]]` after `npm run setup`.
 * The ways take turns; the table has the median of the rounds. CPU milliseconds bear a busy machine, rates do not.
 */
import { once } from 'node:events';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createEngine } from '../src/engine/create-engine.js';
import type { CompileOptions, EngineChoice, SharedModel } from '../src/engine/engine.js';
import { engineHere, PACKAGE_ROOT } from '../test/support/engine/engines-here.js';

interface Way {
  readonly title: string;
  readonly workers: number;
  readonly streams: number;
  readonly isShared: boolean;
}
interface Share {
  readonly choice: EngineChoice;
  readonly compile: CompileOptions;
  readonly shared: SharedModel | undefined;
  readonly seconds: number;
}

const MODEL = join(PACKAGE_ROOT, 'models/test-unet/model.xml');
const cores = availableParallelism();
const WAYS: readonly Way[] = [
  { title: `one model, ${cores} streams, ${cores + 1} workers`, workers: cores + 1, streams: cores, isShared: true },
  { title: `one model, ${cores} streams, ${cores} workers`, workers: cores, streams: cores, isShared: true },
  { title: `a model each, ${cores} streams, ${cores} workers`, workers: cores, streams: cores, isShared: false },
  { title: `a model each, 1 stream, ${cores} workers`, workers: cores, streams: 1, isShared: false },
];

if (isMainThread) await main(Number(process.argv[2] ?? 3), Number(process.argv[3] ?? 3));
else await work(workerData);

async function main(seconds: number, rounds: number): Promise<void> {
  const choice = engineHere('openvino-capi');
  if (typeof choice === 'string') throw new Error(choice);
  const engine = await createEngine(choice);
  const results = WAYS.map((): { rate: number; cpuMs: number }[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, way] of WAYS.entries()) {
      const compile: CompileOptions = { device: 'CPU', precision: 'f32', streams: way.streams };
      const model = way.isShared ? engine.compile(MODEL, compile) : undefined;
      results[index]?.push(await measure(way.workers, { choice, compile, shared: model?.shared, seconds }));
      model?.close();
    }
  }
  console.log(`OpenVINO ${engine.version}, ${cpus()[0]?.model}, ${cores} cores, f32`);
  for (const [index, { title }] of WAYS.entries()) {
    const rate = median(results[index]?.map((result) => result.rate) ?? []);
    const cpuMs = median(results[index]?.map((result) => result.cpuMs) ?? []);
    console.log(
      `${title.padEnd(40)} ${rate.toFixed(1).padStart(7)} inferences/s ${cpuMs.toFixed(1).padStart(6)} CPU ms each`,
    );
  }
}

async function measure(count: number, share: Share): Promise<{ rate: number; cpuMs: number }> {
  const workers = Array.from({ length: count }, () => new Worker(new URL(import.meta.url), { workerData: share }));
  const ends = workers.map((worker) => once(worker, 'exit'));
  await Promise.all(workers.map((worker) => once(worker, 'message'))); // compiled and warm
  const before = process.cpuUsage();
  const startMs = performance.now();
  const counts = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage('go');
  const total = (await Promise.all(counts)).reduce((sum, [done]) => sum + Number(done), 0);
  const { user, system } = process.cpuUsage(before);
  const rate = (1000 * total) / (performance.now() - startMs);
  await Promise.all(ends);
  return { rate, cpuMs: (user + system) / 1000 / total };
}

async function work({ choice, compile, shared, seconds }: Share): Promise<void> {
  const engine = await createEngine(choice);
  const model = shared === undefined ? engine.compile(MODEL, compile) : engine.attach(shared);
  const request = model.createInferRequest();
  for (let i = 0; i < 3; i++) request.infer();
  parentPort?.postMessage('ready');
  if (parentPort) await once(parentPort, 'message');
  let count = 0;
  for (const endMs = performance.now() + seconds * 1000; performance.now() < endMs; count++) request.infer();
  parentPort?.postMessage(count);
  request.close();
  model.close();
  engine.close();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
