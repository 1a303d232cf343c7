/**
 * Dead letters in the log, for whoever reads it at night: one short line each, with what to do; the error with its stack at
 * level debug. A camera that sends nothing but rubbish does not fill the log: of each code and topic a few lines a minute are
 * written, then how many more there were.
 */
import type { ErrorCode, ServiceError } from '../std/errors.js';
import type { Log } from '../std/logger.js';
import { adviceOn } from './fault-advice.js';

export interface DeadLetterFacts {
  /** Called only for a message that gets a line. */
  readonly id: () => string;
  readonly topic: string;
  readonly error: ServiceError;
}

export interface FaultLog {
  deadLetter(facts: DeadLetterFacts): void;
  /** Writes what was held back. */
  close(): void;
}

export interface FaultLogOptions {
  /** Lines of one code and topic in a period. */
  readonly maxLines: number;
  readonly periodMs: number;
  /** Topics and codes that are told apart in a period; those beyond it share one count. */
  readonly maxKinds: number;
}

interface Kind {
  readonly code: ErrorCode;
  readonly topic: string;
  count: number;
}

const OTHER_TOPICS = 'other topics';

export function createFaultLog(log: Log, { maxLines, periodMs, maxKinds }: FaultLogOptions): FaultLog {
  const kinds = new Map<string, Kind>();
  let timer: NodeJS.Timeout | undefined;

  /** The kind of a message in this period, with the message counted. */
  function counted(code: ErrorCode, topic: string): Kind {
    const key = `${code} ${topic}`;
    if (!kinds.has(key) && kinds.size >= maxKinds && topic !== OTHER_TOPICS) return counted(code, OTHER_TOPICS);
    const kind = kinds.get(key) ?? { code, topic, count: 0 };
    kinds.set(key, kind);
    kind.count += 1;
    return kind;
  }

  function endPeriod(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const { code, topic, count } of kinds.values()) {
      const more = count - maxLines;
      const text = `${more} more dead letters of this code and topic within ${periodMs / 1000} s`;
      if (more > 0) log.warn({ code, topic, more }, text);
    }
    kinds.clear();
  }

  return {
    deadLetter({ id, topic, error }) {
      const { code, message } = error;
      timer ??= setTimeout(endPeriod, periodMs).unref();
      log.debug({ topic, err: error }, 'dead letter in full');
      if (counted(code, topic).count > maxLines) return;
      log.warn(
        { id: id(), code, topic },
        `dead letter: ${message}; what to do: ${adviceOn(code) ?? 'see docs/errors.md'}`,
      );
    },
    close: endPeriod,
  };
}
