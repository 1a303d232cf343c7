/** `flawline run` as `npx flawline run` starts it: by the first line of the command's file, which runs the bundle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/std/loopback.js';
import { parseMetrics } from '../../test/support/service/metrics-text.js';
import { until } from '../../test/support/until.js';
import { type Subject, type SubjectOptions, topicsOf } from './subject.js';

export interface FlawlineOptions extends SubjectOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Folder to write CPU profiles to at the end. */
  readonly cpuProfiles?: string | undefined;
}

export interface Flawline extends Subject {
  readonly pid: number;
  /** The series of /metrics. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

const CLI = fileURLToPath(new URL('../../../bin/flawline.js', import.meta.url));
const STOP_MS = 15_000;

export async function startFlawline(options: FlawlineOptions): Promise<Flawline> {
  const { name, port, model, precision } = options;
  const topics = topicsOf(name);
  const httpPort = await freePort();
  const startedAt = performance.now();
  const { cpuProfiles } = options;
  // Node 20 takes --cpu-prof from no environment, so that the command's first line cannot be used.
  const profiling = ['--max-semi-space-size=2', '--cpu-prof', `--cpu-prof-dir=${cpuProfiles}`, CLI, 'run'];
  const [file, args] = cpuProfiles === undefined ? [CLI, ['run']] : [process.execPath, profiling];
  const child = spawn(file, args, {
    env: {
      PATH: process.env['PATH'],
      FLAWLINE_MQTT_URL: `mqtt://127.0.0.1:${port}`,
      FLAWLINE_MQTT_CLIENT_ID: topics.topicIn.split('/')[1] ?? name,
      FLAWLINE_HTTP_PORT: String(httpPort),
      FLAWLINE_MODEL_PATH: model,
      FLAWLINE_MODEL_PRECISION: precision,
      FLAWLINE_SOURCE_TOPICS: topics.topicIn,
      FLAWLINE_SINK_TOPIC: topics.topicOut,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000);
    });
  }
  const ended = once(child, 'exit');
  const get = (path: string) => fetch(`http://127.0.0.1:${httpPort}${path}`);
  await until(`${name} is ready`, async () => {
    if (child.exitCode !== null) throw new Error(`flawline ended with ${child.exitCode}:\n${output}`);
    return await get('/readyz').then(
      ({ ok }) => ok,
      () => false,
    );
  });
  const pid = child.pid ?? 0;
  return {
    name,
    ...topics,
    pid,
    pids: [pid],
    startMs: performance.now() - startedAt,
    metrics: async () => parseMetrics(await (await get('/metrics')).text()),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
