/** What happens to messages → ledger, metrics, log and the live page. The one place where those meet. */
import { performance } from 'node:perf_hooks';
import type { ServiceError } from '../errors.js';
import type { Delivery, Inspection } from '../message.js';
import type { Ledger } from '../observe/ledger.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/metrics.js';
import type { RecentResults } from '../observe/recent-results.js';
import { pictureInResult } from '../observe/result-picture.js';
import type { PipelineObserver } from '../pipeline/pipeline.js';

export interface PipelineObserverParts {
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly recent: RecentResults;
  readonly log: Logger;
  /** The result's JSON field with the picture by rule; undefined when the payload is the picture, null when there is none. */
  readonly pictureField: (rule: string) => string | undefined | null;
  readonly onUndeliverable: (delivery: Delivery, error: Error) => void;
}

export function createPipelineObserver(parts: PipelineObserverParts): PipelineObserver {
  const { ledger, metrics, recent, log } = parts;

  function inspected(delivery: Delivery, inspection: Inspection): void {
    const endToEndMs = performance.now() - delivery.receivedAtMonotonicMs;
    metrics.stages(inspection.stagesMs);
    metrics.endToEnd(endToEndMs);
    metrics.defects(inspection.measures.defect);
    if (inspection.takenAtMs !== undefined) metrics.messageAge(Date.now() - inspection.takenAtMs);
    recent.add({
      id: inspection.id,
      topic: delivery.topic,
      rules: inspection.results.map(({ rule }) => rule),
      measures: inspection.measures,
      inferenceTimeMs: inspection.inferenceTimeMs,
      receivedAtMs: delivery.receivedAtMs,
      ...pictureOf(inspection),
    });
    log.debug(
      { id: inspection.id, topic: delivery.topic, defect: inspection.measures.defect, endToEndMs },
      'inspected',
    );
  }

  function pictureOf(inspection: Inspection) {
    for (const { rule, payload } of inspection.results) {
      const field = parts.pictureField(rule);
      if (field !== null) return { picture: pictureInResult(payload, field) };
    }
    return {};
  }

  return {
    published(delivery, inspection) {
      ledger.published();
      inspected(delivery, inspection);
    },
    filtered(delivery, inspection) {
      ledger.filtered();
      inspected(delivery, inspection);
    },
    deadLettered(delivery, error: ServiceError) {
      ledger.deadLettered(error.code);
      log.warn({ topic: delivery.topic, err: error }, 'dead letter');
    },
    resultRejected(delivery, code) {
      log.warn({ topic: delivery.topic, code }, "one rule's result was refused, another one was published");
    },
    dropped(delivery, reason) {
      ledger.dropped(reason);
      log.debug({ topic: delivery.topic, reason }, 'dropped');
    },
    ruleMatched: (rule) => metrics.ruleMatched(rule),
    publishTook: (ms) => metrics.stages({ publish: ms }),
    undeliverable(delivery, error) {
      log.error(
        { topic: delivery.topic, err: error },
        'neither result nor dead letter is accepted: the message stays at the broker',
      );
      parts.onUndeliverable(delivery, error);
    },
    left(delivery, error) {
      log.info({ topic: delivery.topic, err: error }, 'left un-acknowledged: the broker delivers it again');
    },
  };
}
