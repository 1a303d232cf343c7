/** What the service tells of itself at intervals, beside pictures and results: health, and the state of each camera. */
import type { OutgoingMessage } from '../domain/delivery.js';
import { createSideTask, type SinkCompanion } from '../mqtt/companions.js';
import type { Log } from '../mqtt/observer.js';
import type { Sink } from '../pipeline/ports.js';

const INTERVAL_MS = 30_000;
/** A connection that lasts so much longer was not closed for the message: at QoS 0 nothing answers it. */
const ANSWER_MS = 2_000;

export interface PeriodicMessages extends SinkCompanion {
  start(publish: Sink['publish']): void;
  stop(): void;
}

export interface PeriodicOptions {
  /** As in "at <what>". */
  readonly what: string;
  /** The key that turns them off. */
  readonly key: string;
  readonly intervalMs?: number;
  readonly answerMs?: number;
}

/** Publishes the messages at intervals, on connections that have proved to work; given up where the broker closes them for it. */
export function createPeriodicMessages(
  messages: () => readonly OutgoingMessage[],
  log: Log,
  { what, key, intervalMs = INTERVAL_MS, answerMs = ANSWER_MS }: PeriodicOptions,
): PeriodicMessages {
  let interval: NodeJS.Timeout | undefined;
  let answer: NodeJS.Timeout | undefined;
  let hasProved = false;
  const task = createSideTask(() =>
    log.warn(
      {},
      `the broker closes the connection at ${what}: they are off until the next start (${key}: false turns them off)`,
    ),
  );

  return {
    onProved() {
      hasProved = true;
      return undefined;
    },
    onClosed() {
      hasProved = false;
      clearTimeout(answer);
      task.closed();
    },
    start(publish) {
      interval = setInterval(() => {
        if (!hasProved || task.isOff) return;
        const due = messages();
        if (due.length === 0 || !(task.atReady() || task.atProved())) return;
        answer = setTimeout(() => task.answered(), answerMs).unref();
        for (const message of due) {
          publish(message).catch((err: unknown) => log.debug({ err, topic: message.topic }, 'not published'));
        }
      }, intervalMs).unref();
    },
    stop() {
      clearInterval(interval);
      clearTimeout(answer);
    },
  };
}
