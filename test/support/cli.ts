/** The command line as a user types it, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { brokerMissing } from './broker/broker.js';
import { engineHere } from './engine/engines-here.js';

export const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
export const TEST_UNET = fileURLToPath(new URL('../../../models/test-unet', import.meta.url));

const engine = engineHere('openvino-capi');
/** The `skip` of tests that need OpenVINO: false, or the reason to print. */
export const noEngine: string | false = typeof engine === 'string' && engine;
export const noEngineOrBroker: string | false = brokerMissing || noEngine;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running extends AsyncDisposable {
  /** What it has printed so far. */
  out(): string;
  err(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ran>;
}

export type Variables = Readonly<Record<string, string>>;

/** Starts `flawline …` with these variables and no others; the scope that leaves it behind kills it. */
export function startFlawline(args: readonly string[], env: Variables = {}, cwd?: string): Running {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], FLAWLINE_MODEL_PATH: TEST_UNET, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, out, err }));
  return {
    out: () => out,
    err: () => err,
    kill: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs `flawline …` to its end. */
export function flawline(args: readonly string[], env: Variables = {}, cwd?: string): Promise<Ran> {
  return startFlawline(args, env, cwd).ended;
}

/** What it ends with; fails the test when it goes on for longer. */
export async function endsWithin({ ended }: Running, timeoutMs: number): Promise<Ran> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const late = once(timeout, 'abort').then(() => Promise.reject(new Error(`it goes on after ${timeoutMs} ms`)));
  return await Promise.race([ended, late]);
}
