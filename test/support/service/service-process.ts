/** `flawline run` as a child process: what a user starts, kills and stops. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../src/std/loopback.js';
import { modelWithoutSelfTest, TEST_MODEL } from '../engine/test-model.js';
import { until } from '../until.js';

export interface ServiceProcess extends AsyncDisposable {
  readonly pid: number;
  readonly httpPort: number;
  /** Standard output and error so far. */
  output(): string;
  /** Resolves when /readyz is green. */
  ready(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves to the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  metrics(): Promise<string>;
}

export interface ServiceProcessOptions {
  readonly brokerUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another main module than the command line: a service with a fake engine. */
  readonly main?: URL;
}

/** Starts the runtime on a machine that may be busy with other tests. */
const READY_DEADLINE_MS = 60_000;
const CLI = new URL('../../../src/cli.js', import.meta.url);

export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const httpPort = await freePort();
  const args = options.main ? [fileURLToPath(options.main)] : [fileURLToPath(CLI), 'run'];
  const child: ChildProcess = spawn(process.execPath, args, {
    env: {
      PATH: process.env['PATH'],
      FLAWLINE_MQTT_URL: options.brokerUrl,
      FLAWLINE_HTTP_PORT: String(httpPort),
      FLAWLINE_MODEL_PATH: options.main ? await modelWithoutSelfTest() : TEST_MODEL,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const get = (path: string) => fetch(`http://127.0.0.1:${httpPort}${path}`);
  return {
    pid: child.pid ?? 0,
    httpPort,
    output: () => output,
    ended,
    kill: (signal) => void child.kill(signal),
    async ready() {
      await until(
        'the service is ready',
        async () => {
          if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}:\n${output}`);
          return await get('/readyz').then(
            ({ ok }) => ok,
            () => false,
          );
        },
        READY_DEADLINE_MS,
      );
    },
    metrics: async () => (await get('/metrics')).text(),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
