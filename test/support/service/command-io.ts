/** A CommandIo that keeps what a command says. */
import type { CommandIo } from '../../../src/cli/command.js';

export interface RecordedIo extends CommandIo {
  readonly out: () => string;
  readonly err: () => string;
}

export function recordedIo(overrides: Partial<CommandIo> = {}): RecordedIo {
  let out = '';
  let err = '';
  return {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    terminal: undefined,
    nodeVersion: '20.19.0',
    cpuMs: () => 0,
    onExit: () => () => undefined,
    onHangup: () => () => undefined,
    env: {},
    cwd: '/nowhere',
    signal: new AbortController().signal,
    kill() {
      throw new Error('killed');
    },
    abandonThreads() {
      throw new Error('threads are held');
    },
    out: () => out,
    err: () => err,
    ...overrides,
  };
}
