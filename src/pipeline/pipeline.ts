/**
 * THE JOURNEY on one page, main thread: receive → have it inspected → publish | dead-letter | neither → acknowledge.
 * A delivery is settled only when the broker has the result or the dead letter, or when nothing is to be published. One
 * that is not settled comes back: nothing is lost by leaving it.
 */
import { performance } from 'node:perf_hooks';
import type { DropReason } from '../domain/closed-sets.js';
import type { Delivery, OutgoingMessage } from '../domain/delivery.js';
import type { Inspection } from '../domain/inspection.js';
import { type ErrorCode, ServiceError, toServiceError } from '../std/errors.js';
import { type DeadLetterOptions, deadLetter } from './dead-letter.js';
import { type OutgoingOptions, outgoingResults } from './result-messages.js';
import { createTurns, noTurns } from './sequencer.js';

/** What happened to each message, for the ledger, the metrics and the live page. */
export interface PipelineObserver {
  published(delivery: Delivery, inspection: Inspection): void;
  filtered(delivery: Delivery, inspection: Inspection): void;
  deadLettered(delivery: Delivery, error: ServiceError): void;
  /** One rule's result was refused although another one of the same picture went out. */
  resultRejected(delivery: Delivery, code: ErrorCode): void;
  dropped(delivery: Delivery, reason: DropReason): void;
  ruleMatched(rule: string): void;
  publishTook(ms: number): void;
  /** The dead letter itself was refused for good: the message stays un-acknowledged, the intake should stop. */
  undeliverable(delivery: Delivery, error: Error): void;
  /** A message was left un-acknowledged because the service is stopping. */
  left(delivery: Delivery, error: Error): void;
}

export interface PipelineParts {
  /**
   * Calls `onStart` right before a worker gets the message, and ends with what that throws.
   * @throws {ServiceError} for the message's own faults; anything else means that the service is stopping
   */
  readonly inspect: (delivery: Delivery, onStart: () => void) => Promise<Inspection>;
  /** Resolves on PUBACK; keeps the order of calls. @throws {ServiceError} when the message is refused for good */
  readonly publish: (message: OutgoingMessage) => Promise<void>;
  readonly observer: PipelineObserver;
}

export interface PipelineOptions {
  readonly order: 'arrival' | 'done';
  readonly maxPayloadBytes: number;
  readonly outgoing: OutgoingOptions;
  readonly deadLetter: DeadLetterOptions;
}

export interface Pipeline {
  /** Takes a delivery on its journey; never rejects. */
  handle(delivery: Delivery): Promise<void>;
  /** Resolves when no delivery is under way. */
  idle(): Promise<void>;
}

export function createPipeline({ inspect, publish, observer }: PipelineParts, options: PipelineOptions): Pipeline {
  const turns = options.order === 'arrival' ? createTurns() : noTurns;
  const underWay = new Set<Promise<void>>();

  /** Resolves to the message's digest if it was made on the way. */
  async function journey(delivery: Delivery): Promise<string | undefined> {
    const turn = turns.take(delivery.topic);
    try {
      assertFresh(delivery);
      assertSize(delivery, options.maxPayloadBytes);
      const inspection = await inspect(delivery, () => assertFresh(delivery)); // it may have waited for a worker
      await turn.come;
      const sent = publishResults(delivery, inspection);
      turn.pass();
      await sent;
      return inspection.digest;
    } catch (error) {
      if (error === EXPIRED) {
        observer.dropped(delivery, 'expired');
        return undefined;
      }
      if (!(error instanceof ServiceError)) throw error;
      turn.pass();
      await publishDeadLetter(delivery, error);
      observer.deadLettered(delivery, error);
      return undefined;
    } finally {
      turn.pass();
    }
  }

  /** Hands every result to the sink before it waits for the first PUBACK. @throws the first refusal if all were refused */
  async function publishResults(delivery: Delivery, inspection: Inspection): Promise<void> {
    const startedAtMs = performance.now();
    let isGivenUp = false;
    try {
      const outcomes = await Promise.allSettled(outgoingResults(delivery, inspection, options.outgoing).map(publish));
      if (outcomes.length === 0) {
        observer.filtered(delivery, inspection);
        return;
      }
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
      const foreign = refused.find((reason) => !(reason instanceof ServiceError));
      isGivenUp = foreign !== undefined;
      if (isGivenUp) throw foreign;
      const errors = refused.map((reason) => withId(toServiceError(reason, 'ERR_RESULT_REFUSED'), inspection.id));
      if (errors.length === outcomes.length) throw errors[0];
      for (const error of errors) {
        await publishDeadLetter(delivery, error);
        observer.resultRejected(delivery, error.code);
      }
      for (const { rule } of inspection.results) observer.ruleMatched(rule);
      observer.publishTook(performance.now() - startedAtMs);
      observer.published(delivery, inspection);
    } finally {
      // What was given up has no answer: a connection may still be reading the payloads.
      if (!isGivenUp) inspection.release?.();
    }
  }

  /** With the payload if the broker takes a packet of that size, else without. */
  async function publishDeadLetter(delivery: Delivery, error: ServiceError): Promise<void> {
    try {
      await publish(deadLetter(delivery, error, options.deadLetter));
    } catch (refusal) {
      if (!(refusal instanceof ServiceError) || refusal.code !== 'ERR_RESULT_TOO_LARGE') throw refusal;
      await publish(deadLetter(delivery, error, { ...options.deadLetter, maxPayloadBytes: 0 }));
    }
  }

  async function settleAfter(delivery: Delivery): Promise<void> {
    let digest: string | undefined;
    try {
      digest = await journey(delivery);
    } catch (error) {
      if (error instanceof ServiceError) observer.undeliverable(delivery, error);
      else observer.left(delivery, toServiceError(error, 'ERR_INFERENCE'));
      return;
    }
    delivery.ack(digest);
  }

  return {
    async handle(delivery) {
      const run = settleAfter(delivery);
      underWay.add(run);
      await run;
      underWay.delete(run);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** Not a fault: what `inspect` ends with when nobody wants the picture any more. Made once, it says nothing of a message. */
const EXPIRED = new Error('the message has expired');

/** @see MQTT 5.0, 3.3.2.3.3: the broker sends the seconds that are left */
function assertFresh({ properties, receivedAtMonotonicMs }: Delivery): void {
  if (properties.expirySeconds === undefined) return;
  if (performance.now() - receivedAtMonotonicMs >= properties.expirySeconds * 1000) throw EXPIRED;
}

/** The sink knows nothing of the message's id; its dead letter must. */
function withId(error: ServiceError, id: string): ServiceError {
  const { code, message, cause, details } = error;
  return new ServiceError(code, message, { cause, details: { ...details, id } });
}

function assertSize({ payload }: Delivery, maxPayloadBytes: number): void {
  if (payload.byteLength <= maxPayloadBytes) return;
  throw new ServiceError(
    'ERR_PAYLOAD_TOO_LARGE',
    `Cannot inspect the message as it must be <= ${maxPayloadBytes} bytes (limits.maxPayloadBytes): current size is ${payload.byteLength}`,
    { details: { maxPayloadBytes, payloadBytes: payload.byteLength } },
  );
}
