/**
 * The log: JSON lines on standard output, one a line of life. `time` is ISO 8601 UTC, `level` a word, `component` the part
 * that speaks, `err` an error as data. Also on a terminal: commands for people print for themselves and don't log.
 */
import { type DestinationStream, type LevelWithSilent, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
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
  const sink = options.destination === undefined ? pino(settings) : pino(settings, options.destination);
  return wrap(sink, createRedaction(options.secrets));
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
