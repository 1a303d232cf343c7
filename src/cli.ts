#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=2
/** argv → command. The process's streams, signals and exit codes are handled here. */
import { isatty } from 'node:tty';
import type { Command, CommandIo } from './cli/command.js';
import { helpText, overview } from './cli/help.js';
import { nodeFault } from './cli/node-version.js';
import { COMMON_OPTIONS, readOptions, UsageError } from './cli/options.js';
import { COMMANDS } from './cli/table.js';
import { ERRORS, ServiceError } from './std/errors.js';
import { leaveAtOnce } from './std/leave-at-once.js';
import { nearest } from './std/nearest-name.js';
import { leastNode, version } from './std/package-root.js';

const aborter = new AbortController();
let signals = 0;
const stopBy = (code: number) => (): void => {
  signals += 1;
  if (signals > 1) leaveAtOnce(code);
  aborter.abort();
};
process.on('SIGTERM', stopBy(143));
process.on('SIGINT', stopBy(130));
// SIGHUP asks a service to read its configuration again. A terminal that is closed sends it as well, to stop what runs in it.
const hangupListeners = new Set<() => void>();
const terminals = [0, 1, 2].filter((fd) => isatty(fd));
const stopByHangup = stopBy(129);
process.on('SIGHUP', () => {
  const isTerminalClosed = terminals.length > 0 && !terminals.some((fd) => isatty(fd));
  if (isTerminalClosed || hangupListeners.size === 0) stopByHangup();
  else for (const listener of hangupListeners) listener();
});

let isThreadHeld = false;
const io: CommandIo = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  terminal: process.stderr.isTTY === true ? process.stderr : undefined,
  env: process.env,
  cwd: process.cwd(),
  nodeVersion: process.versions.node,
  signal: aborter.signal,
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  onExit(listener) {
    process.once('exit', listener);
    return () => void process.off('exit', listener);
  },
  onHangup(listener) {
    hangupListeners.add(listener);
    return () => void hangupListeners.delete(listener);
  },
  kill() {
    process.kill(process.pid, 'SIGKILL');
    throw new Error('SIGKILL does not return');
  },
  abandonThreads() {
    isThreadHeld = true;
  },
};
// A reader that went away (`flawline watch | head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => leaveAtOnce(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await main(process.argv.slice(2));
// A slow reader of a pipe gets all of it.
await new Promise((resolve) => process.stdout.write('', resolve));
// Whatever is still open (a socket, an abandoned thread) must not keep a finished command alive.
if (isThreadHeld) leaveAtOnce(process.exitCode);
process.exit();

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout(overview(COMMANDS));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    io.stdout(`${version}\n`);
    return 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    io.stderr(`${unknownCommand(name)}\nSee: flawline --help\n`);
    return 2;
  }
  // doctor says it among all else.
  const fault = name === 'doctor' ? undefined : nodeFault(io.nodeVersion, leastNode);
  if (fault !== undefined) {
    io.stderr(`${fault}\n`);
    return 1;
  }
  try {
    return await runCommand(name, await entry.load(), rest);
  } catch (error) {
    return report(name, error);
  }
}

async function runCommand(name: string, command: Command, args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions({ ...command.options, ...COMMON_OPTIONS }, args);
  if (values.help) {
    io.stdout(helpText(name, command, process.stdout.columns ?? 80));
    return 0;
  }
  const [first] = positionals;
  if (command.positionals === undefined && first !== undefined) {
    throw new UsageError(`${name} takes options only: ${JSON.stringify(first)}`);
  }
  return await command.run(values, positionals, io);
}

function unknownCommand(name: string): string {
  const near = nearest(name, Object.keys(COMMANDS));
  const hint = near === undefined ? `Commands: ${Object.keys(COMMANDS).join(', ')}.` : `Did you mean "${near}"?`;
  return `flawline has no command ${JSON.stringify(name)}. ${hint}`;
}

function report(name: string, error: unknown): number {
  if (error instanceof UsageError) {
    io.stderr(`${error.message}\nSee: flawline ${name} --help\n`);
    return 2;
  }
  if (error instanceof ServiceError) {
    io.stderr(`${error.code}: ${error.message}\n`);
    const entry = ERRORS[error.code];
    return 'exitCode' in entry ? (entry.exitCode ?? 1) : 1;
  }
  io.stderr(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
