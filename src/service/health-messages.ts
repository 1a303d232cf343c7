/** `flawline/<clientId>/health`: how the service is, every 30 s, not retained; for people who watch brokers, not scrapes. */
import { performance } from 'node:perf_hooks';
import type { OutgoingMessage } from '../domain/delivery.js';
import { createSideTask, type SinkCompanion } from '../mqtt/companions.js';
import type { Log } from '../mqtt/observer.js';
import type { Sink } from '../pipeline/ports.js';
import { version } from '../std/package-root.js';
import type { ServiceContext } from './context.js';

const INTERVAL_MS = 30_000;
/** A connection that lasts so much longer was not closed for the message: at QoS 0 nothing answers it. */
const ANSWER_MS = 2_000;

/** The message as it is now; at QoS 0, as the next one says more than one that is late. */
export function healthMessage(
  { ledger, readiness }: Pick<ServiceContext, 'ledger' | 'readiness'>,
  topic: string,
): OutgoingMessage {
  const { ready, reasons } = readiness.state();
  const { received, outcomes, redeliveries, inFlight } = ledger.snapshot();
  const uptimeSeconds = Math.round(performance.now() / 1000);
  const health = { ready, reasons, version, uptimeSeconds, received, ...outcomes, redeliveries, inFlight };
  return {
    topic,
    payload: Buffer.from(JSON.stringify(health)),
    qos: 0,
    contentType: 'application/json',
    isText: true,
    user: [],
  };
}

export interface HealthMessages extends SinkCompanion {
  start(publish: Sink['publish']): void;
  stop(): void;
}

/** Publishes the message at intervals, on connections that have proved to work; given up where the broker closes them for it. */
export function createHealthMessages(
  message: () => OutgoingMessage,
  log: Log,
  { intervalMs, answerMs } = { intervalMs: INTERVAL_MS, answerMs: ANSWER_MS },
): HealthMessages {
  let interval: NodeJS.Timeout | undefined;
  let answer: NodeJS.Timeout | undefined;
  let hasProved = false;
  const task = createSideTask(() =>
    log.warn(
      { topic: message().topic },
      'the broker closes the connection at health messages: they are off until the next start (health.enabled: false turns them off)',
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
        if (!hasProved || !(task.atReady() || task.atProved())) return;
        answer = setTimeout(() => task.answered(), answerMs).unref();
        publish(message()).catch((err: unknown) => log.debug({ err }, 'health message not published'));
      }, intervalMs).unref();
    },
    stop() {
      clearInterval(interval);
      clearTimeout(answer);
    },
  };
}
