/** `flawline run` as a child of a command that may kill it, as a crash or an operator would. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { ServiceError } from '../../std/errors.js';
import { readyz } from '../healthcheck.js';

export interface OwnService {
  /** SIGKILL, then a new process; resolves when that one is ready. @throws {ServiceError} ERR_BROKER, see below */
  killAndRestart(): Promise<void>;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>;
}

export interface OwnServiceOptions {
  /** Of the child, with everything that decides its configuration. */
  readonly env: NodeJS.ProcessEnv;
  readonly args: readonly string[];
  readonly http: Config['http'];
  readonly readyTimeoutMs: number;
}

const CLI = new URL('../../cli.js', import.meta.url);
const POLL_MS = 100;
const OUTPUT_KEPT = 2000;

interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<string>;
  output(): string;
}

/** Resolves when it is ready. @throws {ServiceError} ERR_BROKER when it ends or is not ready in time, with its last words */
export async function startOwnService(options: OwnServiceOptions): Promise<OwnService> {
  let child = start(options);
  await ready(child, options);
  return {
    async killAndRestart() {
      child.process.kill('SIGKILL');
      await child.ended;
      child = start(options);
      await ready(child, options);
    },
    async stop() {
      child.process.kill('SIGTERM');
      await child.ended;
    },
  };
}

function start({ env, args }: OwnServiceOptions): Child {
  const child = fork(CLI, ['run', ...args], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  child.disconnect(); // it has nothing to tell us; we watch it as any supervisor would
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT);
    });
  }
  // A second signal, or a reader of our output that goes away, ends this process at once: the child must not stay.
  const killChild = () => void child.kill('SIGKILL');
  process.once('exit', killChild);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', killChild);
      resolve(signal ?? `exit code ${code}`);
    });
  });
  return { process: child, ended, output: () => output.trim() };
}

async function ready(child: Child, { http, readyTimeoutMs }: OwnServiceOptions): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  let end: string | undefined;
  void child.ended.then((how) => {
    end = how;
  });
  for (;;) {
    const answer = await readyz(http);
    if (answer.ok && end === undefined) return;
    const late = performance.now() > deadline;
    if (end === undefined && !late) {
      await delay(POLL_MS);
      continue;
    }
    child.process.kill('SIGKILL');
    const how = end ?? `it was not ready after ${readyTimeoutMs} ms (${answer.text})`;
    throw new ServiceError('ERR_BROKER', `Cannot verify as the service must become ready: ${how}: ${child.output()}`);
  }
}
