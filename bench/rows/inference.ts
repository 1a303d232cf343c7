/** Inference alone: our engine in worker threads against OpenVINO's own benchmark_app with the same streams and threads. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Bench } from '../bench.js';
import { atLeast, comparison, type Section } from '../report.js';
import { startStages } from '../stages/stages.js';
import { TEST_UNET } from './models.js';

const SECONDS = 6;
const APP = 'benchmark_app';

export async function inference(bench: Bench): Promise<Section> {
  const { python, pictures, options } = bench;
  await using stages = await startStages({ model: TEST_UNET, precision: 'f32', pictures: pictures.slice(0, 1) });
  const app = typeof python === 'string' ? undefined : join(dirname(python.path), APP);
  const perSecond = new Map<string, number[]>([['flawline', []]]);
  const hasApp = app !== undefined && existsSync(app);
  if (hasApp) perSecond.set(APP, []);
  for (let round = 0; round < options.rounds; round += 1) {
    const seconds = Math.max(2, Math.round(SECONDS * options.scale));
    perSecond.get('flawline')?.push((await stages.run({ work: 'infer', seconds })).perSecond);
    if (hasApp) perSecond.get(APP)?.push(await runApp(app, seconds));
  }
  const missing = `benchmark_app: ${typeof python === 'string' ? python : `not beside ${python.path}`}`;
  return {
    id: 'inference',
    title: 'inference alone, f32',
    columns: [...perSecond.keys()],
    rows: [comparison('inferences/s', perSecond, { best: 'highest', target: atLeast(0.98) })],
    notes: hasApp ? [] : [missing],
  };
}

async function runApp(app: string, seconds: number): Promise<number> {
  const cores = String(availableParallelism());
  const options = {
    m: TEST_UNET,
    d: 'CPU',
    hint: 'none', // the next two can't be given with another
    nstreams: cores,
    nthreads: cores,
    infer_precision: 'f32',
    t: String(seconds),
  };
  const args = Object.entries(options).flatMap(([key, value]) => [`-${key}`, value]);
  const { stdout } = await promisify(execFile)(app, args);
  const throughput = /Throughput:\s+([\d.]+) FPS/.exec(stdout)?.[1];
  if (throughput === undefined) throw new Error(`benchmark_app says no throughput:\n${stdout.slice(-2000)}`);
  return Number(throughput);
}
