#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=2
/** argv → command. The only process.exit, the only signal handlers. */
import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Command, type CommandIo, UsageError } from './cli/command.js';
import { COMMANDS } from './cli/table.js';
import { ERRORS, messageOf, ServiceError } from './std/errors.js';

const COMMON_OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  config: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

const aborter = new AbortController();
let signals = 0;
for (const [name, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  process.on(name, () => {
    signals += 1;
    if (signals > 1) process.exit(code);
    aborter.abort();
  });
}

const io: CommandIo = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
  env: process.env,
  cwd: process.cwd(),
  signal: aborter.signal,
  kill() {
    process.kill(process.pid, 'SIGKILL');
    throw new Error('SIGKILL does not return');
  },
};
// A reader that went away (`flawline watch | head`) is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await main(process.argv.slice(2));
// A slow reader of a pipe gets all of it.
await new Promise((resolve) => process.stdout.write('', resolve));
// Whatever is still open (a socket, an abandoned thread) must not keep a finished command alive.
process.exit();

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout(overview());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    io.stdout(`${version()}\n`);
    return 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    io.stderr(`flawline has no command "${name}". Commands: ${Object.keys(COMMANDS).join(', ')}.\n`);
    return 2;
  }
  try {
    const command = await entry.load();
    const { values, positionals } = parse(command, rest);
    if (values['help'] === true) {
      io.stdout(helpText(name, command));
      return 0;
    }
    return await command.run(values as Parameters<Command['run']>[0], positionals, io);
  } catch (error) {
    return report(name, error);
  }
}

function parse(command: Command, args: readonly string[]): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({
      args: [...args],
      options: { ...COMMON_OPTIONS, ...command.options },
      allowPositionals: command.acceptsPositionals,
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
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

function overview(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`);
  return [
    'flawline inspects pictures that arrive over MQTT and publishes what it finds.',
    '',
    'Usage: flawline COMMAND [options]        flawline COMMAND --help',
    '',
    ...rows,
    '',
    'Exit codes: 0 done, 1 failure, 2 configuration fault, 3 session taken over, 4 no OpenVINO runtime.',
    '',
  ].join('\n');
}

function helpText(name: string, command: Command): string {
  const options = [
    ...command.optionHelp,
    { usage: 'config FILE', help: 'configuration file, YAML or JSON (else FLAWLINE_CONFIG)' },
    { usage: 'help', help: 'this text' },
  ];
  const width = Math.max(...options.map(({ usage }) => usage.length)) + 2;
  return [
    `Usage: flawline ${name} ${command.usage}`.trimEnd(),
    '',
    command.summary,
    ...(command.about === undefined ? [] : ['', command.about]),
    '',
    'Options:',
    ...options.map(({ usage, help }) => `  --${usage.padEnd(width)}${help}`),
    '',
  ].join('\n');
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
