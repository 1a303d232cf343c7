/** What a command is: its words, its options and its work. cli.ts turns argv into calls of `run` and exits with what it says. */

import type { ParseArgsConfig } from 'node:util';
import { messageOf } from '../std/errors.js';

/** The world outside, passed in: a command touches neither `process` nor `console`. */
export interface CommandIo {
  /** Writes text as it is; a line needs its own line break. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether a person watches standard error: progress bars only then. */
  readonly isTerminal: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted by the first SIGTERM or SIGINT: finish what is under way and return. */
  readonly signal: AbortSignal;
  /** Ends the process although native code holds a thread, which `exit` would wait for. */
  readonly kill: () => never;
}

export interface OptionHelp {
  /** `--count N` as the help shows it, without the dashes: `count N`. */
  readonly usage: string;
  readonly help: string;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  /** After `flawline <name>`, for instance `[FILE|DIR…] [options]`. */
  readonly usage: string;
  readonly summary: string;
  /** Paragraphs of the help text below the summary. */
  readonly about?: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  readonly optionHelp: readonly OptionHelp[];
  readonly acceptsPositionals: boolean;
  /** Resolves to the exit code. @throws {ServiceError} shown as one sentence, with the exit code of its table entry */
  run(values: Values, positionals: readonly string[], io: CommandIo): Promise<number>;
}

export type CommandValues = Values;

/** A whole number option, or undefined when it is not given. @throws {UsageError} */
export function wholeNumber(values: Values, name: string, minimum = 0): number | undefined {
  const value = number(values, name, minimum);
  if (value !== undefined && !Number.isInteger(value))
    throw new UsageError(`--${name} takes a whole number: "${value}" is none`);
  return value;
}

/** A number option, or undefined when it is not given. @throws {UsageError} */
export function number(values: Values, name: string, minimum = 0): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (typeof text !== 'string' || text.trim() === '' || !Number.isFinite(value) || value < minimum) {
    throw new UsageError(`--${name} takes a number >= ${minimum}: "${String(text)}" is none`);
  }
  return value;
}

/** A string option, or undefined when it is not given. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** What is called when files cannot be written to the folder that an option names. */
export function folderFault(option: string, error: unknown): UsageError {
  const reason = messageOf(error);
  return new UsageError(`--${option} takes a folder that can be written: ${reason}`);
}

/** The command line itself is wrong: exit code 2 and a pointer to the help text. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
