/**
 * Tries a runtime, and a model if one is given, in a child process first: a library that crashes, hangs or is no
 * library becomes an error there instead of the end of the service.
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sentenceOf, watchChild } from '../std/child-process.js';
import { type ErrorCode, fromWire, ServiceError, type WireError } from '../std/errors.js';
import type { CompileOptions, EngineChoice, Port } from './engine.js';

export interface ProbeOptions {
  readonly model?: { readonly path: string; readonly compile: CompileOptions };
  /** For everything together; a model of thousands of layers compiles for minutes and cannot be cancelled. */
  readonly timeoutMs: number;
}

export interface RuntimeReport {
  readonly version: string;
  readonly devices: readonly string[];
}

export interface ModelReport {
  readonly input: Port;
  readonly outputs: readonly Port[];
  readonly deviceName: string;
  readonly precision: string;
  readonly compileMs: number;
  readonly firstInferMs: number;
}

export interface ProbeReport extends RuntimeReport {
  /** Present when a model was given. */
  readonly model?: ModelReport;
}

export interface ProbeRequest {
  readonly choice: EngineChoice;
  readonly model: ProbeOptions['model'];
  /** Empty, for the child's files; removed by the parent, as the child may not live to do it. */
  readonly folder: string;
}

export type ProbeReply =
  | { readonly type: 'runtime'; readonly report: RuntimeReport }
  | { readonly type: 'model'; readonly report: ModelReport }
  | { readonly type: 'failed'; readonly error: WireError };

/** The child process, started before it is known what it is to try. */
export interface Probe {
  /** As probeRuntime; once. */
  try(choice: EngineChoice, options: ProbeOptions): Promise<ProbeReport>;
  /** Nobody wants to know any more. */
  end(): void;
}

/**
 * @throws {ServiceError} ERR_RUNTIME_LOAD when the library fails in any way, ERR_MODEL_LOAD or ERR_MODEL_CONTRACT when
 * only the model does
 */
export function probeRuntime(choice: EngineChoice, options: ProbeOptions): Promise<ProbeReport> {
  return startProbe().try(choice, options);
}

/** The child loads its code, which takes longer than to try a runtime, and waits for what to try. */
export function startProbe(): Probe {
  const child = fork(new URL('./probe-main.js', import.meta.url), {
    execArgv: ['--no-opt'], // it ends before optimised code would pay
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined }, // it speaks to nobody, and parsing them takes a while
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const replies: ProbeReply[] = [];
  child.on('message', (reply: ProbeReply) => replies.push(reply));
  const { ended } = watchChild(child);
  return {
    async try(choice, { model, timeoutMs }) {
      const folder = await mkdtemp(join(tmpdir(), 'flawline-probe-')).catch(async (error: Error) => {
        child.kill('SIGKILL');
        await ended;
        throw noFolder(error);
      });
      const request: ProbeRequest = { choice, model, folder };
      if (child.connected) child.send(request, () => {}); // one that is gone already is reported by its end
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        child.kill('SIGKILL');
      }, timeoutMs);
      const { how, lastWords } = await ended;
      clearTimeout(timer);
      await rm(folder, { recursive: true, force: true });
      const end = isLate ? lateEnd(timeoutMs, lastWords) : sentenceOf({ how: `ended with ${how}`, lastWords });
      return verdict(replies, { choice, model, end });
    },
    end: () => void child.kill('SIGKILL'),
  };
}

function verdict(
  replies: readonly ProbeReply[],
  { choice, model, end }: Pick<ProbeRequest, 'choice' | 'model'> & { readonly end: string },
): ProbeReport {
  const failed = replies.find((reply) => reply.type === 'failed');
  if (failed !== undefined) throw fromWire(failed.error);
  const runtime = replies.find((reply) => reply.type === 'runtime');
  const tried = replies.find((reply) => reply.type === 'model');
  if (runtime === undefined) throw broken('ERR_RUNTIME_LOAD', choice.library ?? choice.name, end);
  if (model === undefined) return runtime.report;
  if (tried === undefined) throw broken('ERR_MODEL_LOAD', model.path, end);
  return { ...runtime.report, model: tried.report };
}

/** What a library says while it loads is no reason that it is late: warnings come on every start of some machines. */
function lateEnd(timeoutMs: number, lastWords: string): string {
  const said = lastWords === '' ? '' : `. Until then it had said: ${lastWords}`;
  return `gave no answer in ${timeoutMs} ms; limits.startTimeoutFactor gives a slow machine longer${said}`;
}

function noFolder(cause: Error): ServiceError {
  const text = `Cannot try the runtime as a folder for temporary files must be writable: ${cause.message}`;
  return new ServiceError('ERR_RUNTIME_LOAD', text, { cause });
}

function broken(code: ErrorCode, what: string, end: string): ServiceError {
  return new ServiceError(code, `Cannot use ${what} as a probe in a child process must succeed: it ${end}`);
}
