/**
 * The log: JSON lines on standard output, one line an event. `time` is ISO 8601 UTC, `level` a word, `component` the part
 * that speaks, `err` an error as data. It is the same on a terminal: commands for people print their text and do not log.
 */
import { type DestinationStream, destination, type LevelWithSilent, pino, stdTimeFunctions } from 'pino';
import type { LogFields, Logger } from '../std/logger.js';
import { createHideSecrets, limitFields, limitText } from './log-fields.js';

export interface LoggerOptions {
  readonly level: LevelWithSilent;
  /** Values that must never be seen: passwords and tokens of the configuration. */
  readonly secrets: readonly string[];
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
}

export function createLogger({ level, secrets, destination = standardOutput() }: LoggerOptions): Logger {
  const hide = createHideSecrets(secrets);
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // `err` is plain data by then, which pino's own serializer would take for an error again.
      serializers: { err: (err: unknown) => err },
      hooks: {
        logMethod([fields, text]: unknown[], method) {
          method.call(this, limitFields(fields as LogFields, hide), limitText(String(text), hide));
        },
        streamWrite: hide,
      },
    },
    destination,
  );
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
