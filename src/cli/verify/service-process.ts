/** The service as a process that `verify` kills: a child of its own, or one that a command line of the user's kills. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { ServiceError } from '../../std/errors.js';
import type { CommandIo } from '../command.js';
import { askReadiness, localUrl } from '../healthcheck.js';
import { UsageError } from '../options.js';

export interface ServiceProcess {
  /** SIGKILL, then a new process; resolves when that one is ready. @throws {ServiceError} ERR_BROKER, see below */
  killAndRestart(): Promise<void>;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>;
}

export interface ServiceProcessOptions {
  /** The child's environment, with everything that decides its configuration. */
  readonly env: NodeJS.ProcessEnv;
  readonly args: readonly string[];
  readonly config: Pick<Config, 'http' | 'mqtt'>;
  readonly readyTimeoutMs: number;
  readonly onExit: CommandIo['onExit'];
}

const CLI = new URL('../../cli.js', import.meta.url);
const POLL_MS = 100;
const OUTPUT_KEPT = 2000;

interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<string>;
  output(): string;
}

/** Starts `flawline run`; resolves when it is ready. @throws {ServiceError} ERR_BROKER when it ends or is not ready in time, with its last words */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
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

function start({ env, args, onExit }: ServiceProcessOptions): Child {
  const child = fork(CLI, ['run', ...args], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  child.disconnect(); // nothing is sent over it; the child is watched as any supervisor would
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT);
    });
  }
  // A second signal, or a reader of our output that goes away, ends this process at once: the child must not stay.
  const offExit = onExit(() => void child.kill('SIGKILL'));
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      offExit();
      resolve(signal ?? `exit code ${code}`);
    });
  });
  return { process: child, ended, output: () => output.trim() };
}

async function ready(child: Child, { config, readyTimeoutMs }: ServiceProcessOptions): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  let end: string | undefined;
  void child.ended.then((how) => {
    end = how;
  });
  for (;;) {
    const answer = await askReadiness(localUrl(config.http, '/readyz'), config.mqtt.clientId);
    if (answer.status === 'ready' && end === undefined) return;
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

/**
 * Runs a command line of the user's as a shell would; what it prints goes to standard error.
 * @throws {UsageError} when it does not end with 0
 */
export async function runShell(command: string, io: CommandIo): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], { cwd: io.cwd, env: io.env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', io.stderr);
  const end = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  if (end !== 'exit code 0') throw new UsageError(`The command must end with 0: ${command}: ${end}`);
}
