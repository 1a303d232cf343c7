/** What the live page shows of the past: the last results, and the last dead letters. */
import type { Measures } from '../domain/measures.js';
import type { RenderKind } from '../domain/rule.js';
import type { ErrorCode } from '../std/errors.js';

// Results are kept in a ring bounded by count, and by the bytes that their pictures keep in memory. When there are too many
// bytes, the oldest pictures are released while their rows stay.

/** A picture that can be shown, made only when somebody asks for it. */
export interface RecentPicture {
  /** Memory that `read` keeps alive. */
  readonly heldBytes: number;
  /** Undefined when there is no picture in it after all. */
  readonly read: () => Uint8Array | undefined;
  /** Called once, when it is no longer held: no `read` follows. */
  readonly release?: () => void;
  /** What is drawn in it. */
  readonly render: RenderKind;
  /** The picture as it came in, from the same memory; absent when the result does not carry it. */
  readonly readOriginal?: () => Uint8Array | undefined;
}

export interface RecentResult {
  /** The message's id. */
  readonly id: string;
  readonly topic: string;
  /** Absent while cameras.by is off, or where the message does not say. */
  readonly camera?: string;
  /** Rules that matched; empty for a filtered picture. */
  readonly rules: readonly string[];
  readonly measures: Measures;
  readonly inferenceTimeMs: number;
  /** From the arrival of the message to the PUBACK of its result, or to its being filtered. */
  readonly endToEndMs: number;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
  readonly picture?: RecentPicture;
}

/** A result with its number in this process, from 1. */
export interface NumberedResult extends RecentResult {
  readonly n: number;
}

export interface RecentResults {
  add(result: RecentResult): void;
  /** Those with a number above `n` that are still held, oldest first. */
  after(n: number): readonly NumberedResult[];
  get(n: number): NumberedResult | undefined;
}

interface RecentResultsOptions {
  readonly maxCount: number;
  /** Limit for all held pictures together. */
  readonly maxBytes: number;
}

const DATA_URL = /^data:[^,]*;base64,/;

export function createRecentResults(options: RecentResultsOptions): RecentResults {
  const { maxCount, maxBytes } = options;
  /** Consecutive numbers, oldest first. */
  const held: NumberedResult[] = [];
  let newest = 0;
  let heldBytes = 0;

  function get(n: number): NumberedResult | undefined {
    const first = held[0]?.n ?? 0;
    return n >= first ? held[n - first] : undefined;
  }

  function release(result: NumberedResult | undefined): void {
    heldBytes -= result?.picture?.heldBytes ?? 0;
    result?.picture?.release?.();
  }

  function releasePictures(): void {
    for (let i = 0; heldBytes > maxBytes && i < held.length; i += 1) {
      const result = held[i];
      if (result?.picture === undefined) continue;
      release(result);
      held[i] = withoutPicture(result);
    }
  }

  return {
    add(result) {
      newest += 1;
      held.push({ ...result, n: newest });
      heldBytes += result.picture?.heldBytes ?? 0;
      if (held.length > maxCount) release(held.shift());
      releasePictures();
    },
    after: (n) => held.slice(Math.max(0, n + 1 - (held[0]?.n ?? 0))),
    get,
  };
}

function withoutPicture({ picture: _, ...row }: NumberedResult): NumberedResult {
  return row;
}

/**
 * The picture inside a published result, taken out again when somebody wants to see it.
 * @param payload the result as it was published; it is kept, and what is read from it is a copy.
 * @param field name (alias) of the JSON field that holds the base64 picture; undefined when the payload is the picture.
 */
export function pictureInResult(
  payload: Uint8Array,
  field: string | undefined,
): Pick<RecentPicture, 'heldBytes' | 'read'> {
  const heldBytes = payload.buffer.byteLength;
  if (field === undefined) return { heldBytes, read: () => new Uint8Array(payload) };
  return { heldBytes, read: () => fromJson(payload, field) };
}

function fromJson(payload: Uint8Array, field: string): Uint8Array | undefined {
  const json: unknown = JSON.parse(
    Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'),
  );
  const result: unknown = Array.isArray(json) ? json[0] : json; // rules in SQL may publish lists
  if (typeof result !== 'object' || result === null) return undefined;
  const text: unknown = (result as Record<string, unknown>)[field];
  return typeof text === 'string' ? Buffer.from(text.replace(DATA_URL, ''), 'base64') : undefined;
}

/** The last dead letters with their reasons, for the live page; without their payloads. */
export interface RecentDeadLetter {
  readonly topic: string;
  readonly code: ErrorCode;
  /** Why, as one sentence; cut when it is long. */
  readonly message: string;
  readonly payloadBytes: number;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
}

/** A dead letter with its number in this process, from 1. */
export interface NumberedDeadLetter extends RecentDeadLetter {
  readonly n: number;
}

export interface RecentDeadLetters {
  add(deadLetter: RecentDeadLetter): void;
  /** Those with a number above `n` that are still held, oldest first. */
  after(n: number): readonly NumberedDeadLetter[];
}

const MAX_MESSAGE_LENGTH = 500;

export function createRecentDeadLetters(maxCount: number): RecentDeadLetters {
  const held: NumberedDeadLetter[] = [];
  let newest = 0;
  return {
    add(deadLetter) {
      newest += 1;
      const { message } = deadLetter;
      const shown = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
      held.push({ ...deadLetter, message: shown, n: newest });
      if (held.length > maxCount) held.shift();
    },
    after: (n) => held.filter((each) => each.n > n),
  };
}
