/** What happens to messages → ledger, metrics, log and the live page. The one place where those meet. */
import { performance } from 'node:perf_hooks';
import type { Config } from '../config/config.js';
import type { Delivery } from '../domain/delivery.js';
import type { Inspection } from '../domain/inspection.js';
import type { ResultFieldName } from '../domain/measures.js';
import type { RenderKind } from '../domain/rule.js';
import type { Keeper } from '../keep/keeper.js';
import { deadLetterId } from '../pipeline/outgoing-messages.js';
import type { PipelineObserver } from '../pipeline/ports.js';
import type { ServiceError } from '../std/errors.js';
import { copyBytes } from '../std/libc.js';
import type { Logger } from '../std/logger.js';
import { createRateLimit } from '../std/rate-limit.js';
import { createSharedBuffers } from '../std/shared-buffers.js';
import type { DefectHistory } from '../telemetry/defect-history.js';
import type { FaultLog } from '../telemetry/fault-log.js';
import type { Ledger } from '../telemetry/ledger.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Tallies } from '../telemetry/tallies.js';
import {
  pictureInResult,
  type RecentDeadLetters,
  type RecentPicture,
  type RecentResults,
} from '../telemetry/recent.js';
import type { CameraBooks } from './context.js';

/** Names (aliases) of the JSON fields that hold pictures as base64. */
export interface PictureFields {
  /** What is drawn in the processed picture. */
  readonly render: RenderKind;
  /** Undefined: the payload is the processed picture itself. */
  readonly processed: string | undefined;
  /** Undefined: the result does not carry the original. */
  readonly original: string | undefined;
}

/** Where the live page finds the pictures in a rule's results; undefined when they have no processed picture. */
export function pictureFields(config: Config): (rule: string) => PictureFields | undefined {
  const byRule = new Map<string, PictureFields>();
  for (const { id, fields, render, select } of config.rules) {
    if (render === 'none') continue;
    const aliasOf = (name: ResultFieldName) => fields.find((field) => field.name === name)?.alias;
    if (config.result.encoding === 'binary' && select === undefined) {
      byRule.set(id, { render, processed: undefined, original: undefined });
    } else if (aliasOf('afterProcess') !== undefined) {
      byRule.set(id, { render, processed: aliasOf('afterProcess'), original: aliasOf('origin') });
    }
  }
  return (rule) => byRule.get(rule);
}

export interface PipelineObserverParts {
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly recent: RecentResults;
  readonly deadLetters: Pick<RecentDeadLetters, 'add'>;
  readonly history: Pick<DefectHistory, 'add'>;
  readonly log: Logger;
  readonly faults: Pick<FaultLog, 'deadLetter'>;
  readonly cameras?: CameraBooks | undefined;
  readonly tallies: { readonly rules: Pick<Tallies, 'done' | 'failed'> };
  readonly keeper?: Pick<Keeper, 'add' | 'failed'> | undefined;
  /** Where the pictures are in a rule's result; undefined when there is none in it. */
  readonly pictureFields: (rule: string) => PictureFields | undefined;
}

/** Results whose pictures are copied for the live page: more of them nobody could look at. */
const SHOWN = { burst: 20, perSecond: 4 };
/** Larger ones have memory of their own. */
const LARGEST_LENT_BYTES = 2 ** 20;
const MAX_SPARE_BYTES = 2 * LARGEST_LENT_BYTES;

export function createPipelineObserver(parts: PipelineObserverParts): PipelineObserver {
  const { ledger, metrics, recent, log, cameras } = parts;
  const isShown = createRateLimit(SHOWN, () => performance.now());
  const memory = createSharedBuffers(MAX_SPARE_BYTES);

  /** @param said what a worker read in the message, where cameras.by names a field of it */
  function cameraOf({ topic, properties }: Delivery, said: string | undefined): string | undefined {
    return said ?? cameras?.nameOf?.(topic, properties.user);
  }

  function settledByModels(delivery: Delivery, inspections: readonly Inspection[]): void {
    const endToEndMs = performance.now() - delivery.receivedAtMonotonicMs;
    metrics.endToEnd(endToEndMs);
    const camera = cameraOf(delivery, inspections[0]?.camera);
    for (const inspection of inspections) inspected(delivery, inspection, endToEndMs, camera);
    const measured = inspections.flatMap(({ measures }) => measures ?? []);
    if (camera === undefined || measured.length === 0) return;
    const isDefective = measured.some(({ defect }) => defect > 0);
    cameras?.inspected(camera, { isDefective, endToEndMs });
  }

  function inspected(delivery: Delivery, inspection: Inspection, endToEndMs: number, camera?: string): void {
    const { measures } = inspection;
    metrics.stages(inspection.stagesMs);
    if (measures === undefined) {
      log.debug({ id: inspection.id, topic: delivery.topic, endToEndMs }, 'judged without a picture');
      return;
    }
    metrics.defects(measures.defect);
    if (inspection.candidatesCut !== undefined) metrics.candidatesCut(inspection.candidatesCut);
    parts.history.add(measures.defect);
    if (inspection.takenAtMs !== undefined) metrics.messageAge(Date.now() - inspection.takenAtMs);
    recent.add({
      id: inspection.id,
      topic: delivery.topic,
      ...(camera === undefined ? {} : { camera }),
      rules: inspection.results.map(({ rule }) => rule),
      measures,
      inferenceTimeMs: inspection.inferenceTimeMs,
      endToEndMs,
      receivedAtMs: delivery.receivedAtMs,
      ...pictureOf(inspection),
    });
    keep(delivery, inspection, camera);
    log.debug({ id: inspection.id, topic: delivery.topic, defect: measures.defect, endToEndMs }, 'inspected');
  }

  function keep(delivery: Delivery, inspection: Inspection, camera?: string): void {
    const { id, model, measures, kept, keepFault } = inspection;
    if (keepFault !== undefined) parts.keeper?.failed(keepFault);
    if (kept === undefined || measures === undefined) return;
    const { topic, receivedAtMs } = delivery;
    const rules = [...new Set(inspection.results.map(({ rule }) => rule))];
    parts.keeper?.add({ kept, id, topic, camera, receivedAtMs, model, rules, measures });
  }

  function pictureOf(inspection: Inspection): { readonly picture?: RecentPicture } {
    for (const { rule, payload } of inspection.results) {
      const fields = parts.pictureFields(rule);
      if (fields === undefined || !isShown()) continue;
      const { render, processed, original } = fields;
      // The payload's own memory is used again, and fresh memory for each would have the garbage collector run.
      const size = payload.byteLength;
      const kept = size > LARGEST_LENT_BYTES ? new Uint8Array(size) : memory.take(size);
      copyBytes(payload, kept);
      const readOriginal = original === undefined ? {} : { readOriginal: pictureInResult(kept, original).read };
      const release = () => memory.give(kept.buffer);
      return { picture: { ...pictureInResult(kept, processed), render, release, ...readOriginal } };
    }
    return {};
  }

  /** Errors that are a rule's own name it. */
  function ruleFailed(error: ServiceError): void {
    const { rule } = error.details;
    if (typeof rule === 'string') parts.tallies.rules.failed(rule, error);
  }

  function ruleMatched(rule: string): void {
    metrics.ruleMatched(rule);
    parts.tallies.rules.done(rule);
  }

  function deadLettered(delivery: Delivery, error: ServiceError): void {
    ledger.deadLettered(error.code);
    ruleFailed(error);
    parts.deadLetters.add({
      topic: delivery.topic,
      code: error.code,
      message: error.message,
      payloadBytes: delivery.payload.byteLength,
      receivedAtMs: delivery.receivedAtMs,
    });
    const said = error.details['camera'];
    const camera = cameraOf(delivery, said === undefined ? undefined : String(said));
    if (camera !== undefined) cameras?.deadLettered(camera, error.code);
    parts.faults.deadLetter({ id: () => deadLetterId(delivery, error), topic: delivery.topic, error });
  }

  return {
    onSettled(delivery, outcome) {
      const { topic } = delivery;
      switch (outcome.kind) {
        case 'published':
          for (const refusal of outcome.refusals) {
            const { code, details, message } = refusal;
            const { rule } = details;
            ruleFailed(refusal);
            log.warn(
              { topic, code, rule },
              `a rule has no result, others of the same picture were published: ${message}`,
            );
          }
          for (const { rule, ok } of outcome.inspections.flatMap(({ results }) => results)) {
            ruleMatched(rule);
            metrics.judged(rule, ok);
          }
          metrics.stages({ publish: outcome.publishMs });
          ledger.published();
          settledByModels(delivery, outcome.inspections);
          return;
        case 'filtered':
          ledger.filtered();
          settledByModels(delivery, outcome.inspections);
          return;
        case 'deadLettered':
          deadLettered(delivery, outcome.error);
          outcome.others.forEach(ruleFailed);
          return;
        case 'stopped':
          ledger.dropped('rule_stopped');
          log.warn(
            { topic, reason: 'rule_stopped' },
            'the rules of the picture were stopped before their results arrived',
          );
          return;
        case 'superseded':
          log.debug(
            { topic },
            'a rule of the picture sends its results elsewhere now: the picture is inspected once more',
          );
          return;
        case 'expired':
          ledger.dropped('expired');
          log.debug({ topic, reason: 'expired' }, 'the message expired before a worker had it, and is dropped');
          return;
        case 'undeliverable':
          log.error(
            { topic, err: outcome.error },
            'the broker refuses both result and dead letter: the message stays un-acknowledged at the broker',
          );
          return;
        case 'unacknowledged':
          log.info(
            { topic, err: outcome.error },
            'the service stops: the message is left for the broker to send again',
          );
      }
    },
  };
}
