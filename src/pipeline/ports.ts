/**
 * What the pipeline asks of its surroundings, and who calls what in which order:
 *
 * 1. A `Source` hands each message that it accepts to `pipeline.handle(delivery)`.
 * 2. The pipeline calls `Inspect`; `beforeStart` is called right before a worker gets the picture.
 * 3. The pipeline calls `Sink.publish` for every result, or for the dead letter, and waits until the broker has them.
 * 4. It tells the `PipelineObserver` what became of the message: once a message, before anybody reuses its memory.
 * 5. It calls `delivery.ack()`, unless the message is to come again; the source acknowledges it to the broker.
 *
 * A source or a sink over another protocol implements these interfaces; nothing in src/pipeline/ knows MQTT.
 */
import type { Delivery, OutgoingMessage } from '../domain/delivery.js';
import type { Inspection } from '../domain/inspection.js';
import type { ServiceError } from '../std/errors.js';

/** Where deliveries come from. */
export interface Source {
  /** Messages that were received and neither acknowledged by the pipeline nor dropped: running and waiting ones. */
  readonly unsettled: number;
  /** Messages that the pipeline has: at most `limits.inFlight`. */
  readonly running: number;
  /** Takes no further message for now (at most one more). */
  pause(): void;
  /** Takes messages again, as the limits let it. */
  resume(): void;
  /** Has the next `drain` unsubscribe, and `end` end the session: nothing of it is wanted any more. */
  retire(): void;
  /** Takes no new message; resolves when nothing is unsettled or `signal` aborts. */
  drain(signal: AbortSignal): Promise<void>;
  /** Disconnects, within `timeoutMs`. What is not settled comes again in the next process. */
  end(timeoutMs: number): Promise<void>;
}

/** Where results and dead letters go. */
export interface Sink {
  /**
   * Resolves when the broker has the message. Messages go out in the order of the calls.
   * @throws {ServiceError} ERR_RESULT_TOO_LARGE or ERR_RESULT_REFUSED when the broker will never take this message
   * @param signal gives up: rejects with its reason; the broker may have taken the message all the same
   * @throws {Error} any other one when the service is stopping
   */
  publish(message: OutgoingMessage, signal?: AbortSignal): Promise<void>;
}

/** A sink as the service opens and ends it; the pipeline needs no more than `Sink`. */
export interface SinkConnection extends Sink {
  /** Disconnects, within `timeoutMs`; what is still being published is rejected. */
  end(timeoutMs: number): Promise<void>;
}

export interface InspectHooks {
  /** Called right before a worker gets the picture, at each attempt; the inspection ends with what it throws. */
  readonly beforeStart: () => void;
  /** Digest of topic and payload, where an outer step has made it already. */
  readonly digest?: string;
}

/** What came of the picture of a delivery. */
export interface Inspected {
  /** One for each model that inspected it; at least one. */
  readonly inspections: readonly Inspection[];
  /** What concerns single rules or models: each becomes a dead letter, and the results of the others are published. */
  readonly failures: readonly ServiceError[];
}

/**
 * Has the picture of a delivery inspected.
 * @throws {ServiceError} for a fault of the message itself
 * @throws {ExpiredError} when nobody wants the picture any more
 * @throws {Error} any other one when the service is stopping
 */
export type Inspect = (delivery: Delivery, hooks: InspectHooks) => Promise<Inspected>;

/** What became of a delivery. */
export type Outcome =
  | {
      readonly kind: 'published';
      readonly inspections: readonly Inspection[];
      /** From the first publish to the last answer of the broker. */
      readonly publishMs: number;
      /**
       * Faults of single rules or models whose results are missing although others of the same picture went out; each
       * has its dead letter.
       */
      readonly refusals: readonly ServiceError[];
    }
  /** No rule matched. */
  | { readonly kind: 'filtered'; readonly inspections: readonly Inspection[] }
  | {
      readonly kind: 'deadLettered';
      readonly error: ServiceError;
      /** Faults of other rules or models; each has its dead letter as well. */
      readonly others: readonly ServiceError[];
    }
  /** All that it had were results of rules that were stopped before the broker had them. */
  | { readonly kind: 'stopped' }
  /** Results of it were given up as their rule sends elsewhere now: it is to be handled once more. */
  | { readonly kind: 'superseded' }
  /** Its expiry passed before a worker had it. */
  | { readonly kind: 'expired' }
  /** Its dead letter was refused as well: the message stays un-acknowledged, and the source should pause. */
  | { readonly kind: 'undeliverable'; readonly error: ServiceError }
  /** The service is stopping: the message stays un-acknowledged and comes again. */
  | { readonly kind: 'unacknowledged'; readonly error: ServiceError };

export interface PipelineObserver {
  /**
   * Called once each time that a delivery has gone through the pipeline, before the memory of its results is released.
   */
  onSettled(delivery: Delivery, outcome: Outcome): void;
}

/** A rule was stopped, and the time that its open results had to arrive is over. */
export class RuleStoppedError extends Error {
  override readonly name = 'RuleStoppedError';
}

/** The results of a rule go elsewhere now, and those that are open did not arrive where they went: the picture is judged anew. */
export class RuleSupersededError extends Error {
  override readonly name = 'RuleSupersededError';
}

/** The message expired while it waited for a worker. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
}
