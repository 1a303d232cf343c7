/**
 * Dead letters in the log, for whoever reads it at night: one short line each, with what to do; the error with its stack at
 * level debug. A camera that sends nothing but rubbish does not fill the log: of each code and topic a few lines a minute are
 * written, then how many more there were.
 */
import type { ErrorCode, ServiceError } from '../std/errors.js';
import type { Log } from '../std/logger.js';

interface DeadLetterFacts {
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

interface FaultLogOptions {
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

// What somebody can do about a message that became a dead letter, by its code. docs/errors.md is tested against it.

const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_PAYLOAD_TOO_LARGE: 'send smaller pictures, or raise limits.maxPayloadBytes',
  ERR_PAYLOAD_EMPTY: 'look at what the publisher sends on this topic',
  ERR_PAYLOAD_JSON: 'send a JSON object, or the bytes of a picture, on this topic',
  ERR_PAYLOAD_FIELD: 'send the picture in the field that payload.imageField names',
  ERR_PAYLOAD_BASE64: 'encode the picture as standard base64 with its padding',
  ERR_IMAGE_FORMAT: 'send JPEG, PNG, WebP, TIFF or BMP',
  ERR_IMAGE_DECODE: 'look at the camera and the way from it: the picture arrives incomplete or changed',
  ERR_IMAGE_TOO_LARGE: 'send smaller pictures, or raise limits.maxPixels',
  ERR_PREDICATE: 'correct the predicate of the rule: `flawline config check --picture FILE` tries it',
  ERR_INFERENCE: 'look for the same picture: `flawline infer` shows whether it fails alone; else look at the device',
  ERR_JOB_TIMEOUT: 'raise limits.jobTimeoutMs if pictures are that large, else look at what else the machine does',
  ERR_WORKER_EXITED: 'look at the memory of the machine, and try the picture with `flawline infer`',
  ERR_QUARANTINED: 'keep the picture from the dead letter and report it: it crashes a decoder or the engine',
  ERR_RESULT_TOO_LARGE: "raise the broker's packet limit, or leave pictures out of the result (result.fields)",
  ERR_RESULT_REFUSED: 'let the service publish on the topic of the result: see the access list of the broker',
};

/** One clause in the imperative; undefined for codes that no message has. */
export function adviceOn(code: ErrorCode): string | undefined {
  return ADVICE[code];
}
