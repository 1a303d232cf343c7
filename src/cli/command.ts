/** What a command is: its words, its options and its work. cli.ts turns argv into calls of `run` and exits with what it returns. */
import { messageOf } from '../std/errors.js';
import { type CommonValues, type OptionTable, UsageError, type ValuesOf } from './options.js';

/** The world outside, passed in: a command touches neither `process` nor `console`. */
export interface CommandIo {
  /** Writes text as it is; a line needs its own line break. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Standard error when a person watches it, for progress bars; undefined otherwise. */
  readonly terminal: NodeJS.WriteStream | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** `20.19.0`: the Node that runs this process. */
  readonly nodeVersion: string;
  /** Aborted by the first SIGTERM or SIGINT, and by SIGHUP where nobody listens or the terminal is closed: finish and return. */
  readonly signal: AbortSignal;
  /** CPU time that this process has used. */
  readonly cpuMs: () => number;
  /** Calls back when this process ends, however it ends, but by SIGKILL. Returns what takes the call back. */
  readonly onExit: (listener: () => void) => () => void;
  /** Calls back at each SIGHUP but that of a terminal that is closed. Returns what takes the call back. */
  readonly onHangup: (listener: () => void) => () => void;
  /** Ends the process although native code holds a thread, which `exit` would wait for. */
  readonly kill: () => never;
  /** The end of this process, with the command's exit code, waits for no thread: native code holds one. */
  readonly abandonThreads: () => void;
}

export interface Command<Table extends OptionTable = OptionTable> {
  /** What it takes beside options, for the help: `[FILE|DIR…]`; absent: nothing. */
  readonly positionals?: string;
  readonly summary: string;
  /** Paragraphs of the help text below the summary. */
  readonly about?: readonly string[];
  readonly options: Table;
  /** Command lines without the leading `flawline`. */
  readonly examples: readonly string[];
  /** Resolves to the exit code. @throws {ServiceError} shown as one sentence, with the exit code of its table entry */
  run(
    values: ValuesOf<Table> & Pick<CommonValues, 'config'>,
    positionals: readonly string[],
    io: CommandIo,
  ): Promise<number>;
}

/** The command as it is, with the types of its options' values inferred. */
export function defineCommand<const Table extends OptionTable>(command: Command<Table>): Command<Table> {
  return command;
}

/** What is called when files cannot be written to the folder that an option names. */
export function folderFault(option: string, error: unknown): UsageError {
  const reason = messageOf(error);
  return new UsageError(`--${option} takes a folder that can be written: ${reason}`);
}
