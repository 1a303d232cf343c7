/**
 * The way of one message on one page, main thread: receive → have it inspected → publish | dead-letter | neither →
 * acknowledge. A delivery is acknowledged only when the broker has the result or the dead letter, or when nothing is to
 * be published. One that is not acknowledged comes again: nothing is lost by leaving it. What is called in which order:
 * ports.ts.
 */
import { performance } from 'node:perf_hooks';
import type { Delivery } from '../domain/delivery.js';
import { ServiceError, toServiceError } from '../std/errors.js';
import { isExpired } from './inspect-decorators.js';
import { type DeadLetterOptions, deadLetter, type OutgoingOptions, outgoingResults } from './outgoing-messages.js';
import {
  ExpiredError,
  type Inspect,
  type Inspected,
  type Outcome,
  type PipelineObserver,
  RuleStoppedError,
  RuleSupersededError,
  type Sink,
} from './ports.js';
import { createSequencer, unordered } from './sequencer.js';

export interface PipelineParts {
  readonly inspect: Inspect;
  readonly sink: Sink;
  readonly observer: PipelineObserver;
}

export interface PipelineOptions {
  readonly order: 'arrival' | 'done';
  readonly maxPayloadBytes: number;
  readonly outgoing: OutgoingOptions;
  readonly deadLetter: DeadLetterOptions;
}

export interface Pipeline {
  /** Processes a delivery, reports what became of it and acknowledges it unless it is to come again; never rejects. */
  handle(delivery: Delivery): Promise<void>;
  /** Resolves when no delivery is under way. */
  idle(): Promise<void>;
}

export function createPipeline({ inspect, sink, observer }: PipelineParts, options: PipelineOptions): Pipeline {
  const sequencer = options.order === 'arrival' ? createSequencer() : unordered;
  const underWay = new Set<Promise<void>>();

  async function process(delivery: Delivery): Promise<Outcome> {
    const step = sequencer.enter(delivery.topic);
    const others: ServiceError[] = [];
    try {
      if (isExpired(delivery)) return { kind: 'expired' };
      assertSize(delivery, options.maxPayloadBytes);
      const inspected = await inspect(delivery, NO_HOOKS);
      await step.ready;
      const published = publishResults(delivery, inspected, others); // all are handed to the sink when this returns
      step.leave();
      return await published;
    } catch (error) {
      step.leave(); // dead letters need no order, and the results behind this one do not wait for its answer
      if (error instanceof ExpiredError) return { kind: 'expired' };
      if (error instanceof RuleSupersededError) return { kind: 'superseded' };
      if (!(error instanceof ServiceError)) return unacknowledged(error);
      return await publishDeadLetter(delivery, error).then(
        () => ({ kind: 'deadLettered', error, others }),
        (refusal) =>
          refusal instanceof ServiceError ? { kind: 'undeliverable', error: refusal } : unacknowledged(refusal),
      );
    } finally {
      step.leave();
    }
  }

  /**
   * @param others has the faults beside that which is thrown
   * @throws {ServiceError} the first fault if nothing was published; the dead letters of the others are sent then
   */
  async function publishResults(
    delivery: Delivery,
    { inspections, failures }: Inspected,
    others: ServiceError[],
  ): Promise<Outcome> {
    const startedAtMs = performance.now();
    try {
      const messages = inspections.flatMap((inspection) => outgoingResults(delivery, inspection, options.outgoing));
      const answers = await Promise.allSettled(messages.map((message) => sink.publish(message)));
      const refused = refusalsOf(answers).map((error) => withId(error, inspections[0]?.id ?? ''));
      const stoppedCount = answers.filter(isStopped).length;
      const faults = [...failures, ...refused];
      const [first] = faults;
      if (messages.length === 0 && first === undefined) return { kind: 'filtered', inspections };
      const isAnyPublished = refused.length + stoppedCount < messages.length;
      if (!isAnyPublished && first !== undefined) {
        others.push(...failures.slice(1));
        for (const error of others) await publishDeadLetter(delivery, error);
        throw first;
      }
      for (const error of faults) await publishDeadLetter(delivery, error);
      if (!isAnyPublished) return { kind: 'stopped' };
      // A connection may still be reading the payload of a result that was given up: its memory is not used again.
      const settled = stoppedCount > 0 ? inspections.map(({ release: _unused, ...rest }) => rest) : inspections;
      return { kind: 'published', inspections: settled, publishMs: performance.now() - startedAtMs, refusals: faults };
    } catch (error) {
      // What was given up because the service stops has no answer: a connection may still be reading the payloads.
      if (error instanceof ServiceError) for (const { release } of inspections) release?.();
      throw error;
    }
  }

  /** With the payload if the broker takes a packet of that size, else without. */
  async function publishDeadLetter(delivery: Delivery, error: ServiceError): Promise<void> {
    try {
      await sink.publish(deadLetter(delivery, error, options.deadLetter));
    } catch (refusal) {
      if (!(refusal instanceof ServiceError) || refusal.code !== 'ERR_RESULT_TOO_LARGE') throw refusal;
      await sink.publish(deadLetter(delivery, error, { ...options.deadLetter, maxPayloadBytes: 0 }));
    }
  }

  async function run(delivery: Delivery): Promise<void> {
    const outcome = await process(delivery);
    observer.onSettled(delivery, outcome);
    const inspections = 'inspections' in outcome ? outcome.inspections : [];
    for (const { release } of inspections) release?.();
    if (!IS_OPEN.has(outcome.kind)) delivery.ack(inspections[0]?.digest);
  }

  return {
    async handle(delivery) {
      const running = run(delivery);
      underWay.add(running);
      await running;
      underWay.delete(running);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** The message is handled once more, by this process or, un-acknowledged, by another one. */
const IS_OPEN: ReadonlySet<Outcome['kind']> = new Set(['undeliverable', 'superseded', 'unacknowledged']);

const NO_HOOKS = { beforeStart: () => undefined };

function unacknowledged(error: unknown): Outcome {
  return { kind: 'unacknowledged', error: toServiceError(error, 'ERR_INFERENCE') };
}

/** @throws the reason of an answer that is no refusal: the service is stopping, or a rule sends elsewhere now */
function refusalsOf(answers: readonly PromiseSettledResult<void>[]): ServiceError[] {
  const reasons = answers.flatMap((answer) =>
    answer.status === 'rejected' && !isStopped(answer) ? [answer.reason as unknown] : [],
  );
  return reasons.map((reason) => {
    if (!(reason instanceof ServiceError)) throw reason;
    return reason;
  });
}

function isStopped(answer: PromiseSettledResult<void>): boolean {
  return answer.status === 'rejected' && answer.reason instanceof RuleStoppedError;
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
