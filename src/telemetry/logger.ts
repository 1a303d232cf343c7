/**
 * The log: JSON lines on standard output, one a line of life. `time` is ISO 8601 UTC, `level` a word, `component` the part
 * that speaks, `err` an error as data. Also on a terminal: commands for people print for themselves and don't log.
 */
import {
  type DestinationStream,
  destination,
  type LevelWithSilent,
  type Logger as PinoLogger,
  pino,
  stdTimeFunctions,
} from 'pino';
import { createRedaction, type LogFields, type Redaction } from './log-fields.js';

/** What every part may say. Parts that want less declare a smaller interface of their own. */
export interface Logger {
  debug(fields: LogFields, text: string): void;
  info(fields: LogFields, text: string): void;
  warn(fields: LogFields, text: string): void;
  error(fields: LogFields, text: string): void;
  /** The same log with `component` set. */
  child(component: string): Logger;
}

export interface LoggerOptions {
  readonly level: LevelWithSilent;
  /** Values that must never be seen: passwords and tokens of the configuration. */
  readonly secrets: readonly string[];
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
}

export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Errors are plain data when they get here (log-fields.ts); pino's own serializer would rewrite them.
    serializers: { err: (error: unknown) => error },
  };
  const sink = pino(settings, options.destination ?? standardOutput());
  return wrap(sink, createRedaction(options.secrets));
}

/** Lines that wait for a slow reader, or for room on a full disk; what comes then is lost. */
const MAX_WAITING_BYTES = 2 ** 20;

/** A disk that is full costs lines, never the service. */
function standardOutput(): DestinationStream {
  const output = destination({ fd: 1, sync: false, maxLength: MAX_WAITING_BYTES });
  const flush = output.flushSync.bind(output);
  let isFailing = false;
  output.on('write', () => {
    isFailing = false;
  });
  output.on('error', () => {
    isFailing = true;
  });
  // Called at the exit, where it tries for ever.
  output.flushSync = () => {
    if (!isFailing) flush();
  };
  return output;
}

function wrap(sink: PinoLogger, redaction: Redaction): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: LogFields, text: string): void => {
      if (sink.isLevelEnabled(level)) sink[level](redaction.fields(fields), redaction.text(text));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (component) => wrap(sink.child({ component }), redaction),
  };
}
