/** The last dead letters with their reasons, for the live page; without their payloads. */
import type { ErrorCode } from '../std/errors.js';

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
