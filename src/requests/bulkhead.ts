/**
 * Where single pictures are tried, asked by HTTP or by MQTT request: outside of the journey, so nothing of them is published
 * as a result, counted or acknowledged. They have a share of the pool of their own: whoever tries pictures cannot hold up
 * the line, and what waits is bounded.
 */

import type { UserProperty } from '../domain/delivery.js';
import type { DryRun, Inspection } from '../domain/inspection.js';
import type { RenderKind } from '../domain/rule.js';
import { ServiceError } from '../std/errors.js';

export interface DryRunQuestion {
  /** What a predicate sees as `topic`. */
  readonly topic: string;
  /** As of a message: a picture's bytes, or a JSON object that holds them. */
  readonly payload: Uint8Array;
  readonly user: readonly UserProperty[];
  readonly dryRun: DryRun;
}

export interface BulkheadParts {
  /** Undefined until there are workers. */
  readonly workers: () => DryRunWorkers | undefined;
}

export interface DryRunWorkers {
  /** `name@version`. */
  readonly model: string;
  /** @throws {ServiceError} for the picture's own faults and those of the predicate */
  readonly inspect: (question: DryRunQuestion) => Promise<Inspection>;
}

export interface BulkheadOptions {
  /** Pictures that are inspected side by side. */
  readonly share: number;
  readonly maxPayloadBytes: number;
  /** What is drawn unless a question wants something else. */
  readonly render: RenderKind;
}

/** A place at the desk, for one question; disposing it gives it back. */
export interface Permit extends Disposable {
  /** The answer, as JSON. @throws {ServiceError} */
  ask(question: DryRunQuestion): Promise<object>;
}

export interface Bulkhead extends Pick<BulkheadOptions, 'maxPayloadBytes' | 'render'> {
  /** Undefined when every place is taken, or there are no workers yet: ask again later. */
  enter(): Permit | undefined;
}

/** Each may hold a payload in memory. */
const MAX_PLACES = 4;

export function createBulkhead({ workers }: BulkheadParts, options: BulkheadOptions): Bulkhead {
  const { share, maxPayloadBytes, render } = options;
  const inTurn = createShare(share);
  let taken = 0;

  return {
    maxPayloadBytes,
    render,
    enter() {
      const ready = workers();
      if (ready === undefined || taken >= MAX_PLACES) return undefined;
      taken += 1;
      let isTaken = true;
      return {
        async ask(question) {
          assertDryRunSize(question.payload.byteLength, maxPayloadBytes);
          const inspection = await inTurn(() => ready.inspect(question));
          return toAnswer(inspection, question.dryRun.render, ready.model);
        },
        [Symbol.dispose]() {
          if (isTaken) taken -= 1;
          isTaken = false;
        },
      };
    },
  };
}

/** @throws {ServiceError} ERR_PAYLOAD_TOO_LARGE */
export function assertDryRunSize(payloadBytes: number, maxPayloadBytes: number): void {
  if (payloadBytes <= maxPayloadBytes) return;
  throw new ServiceError(
    'ERR_PAYLOAD_TOO_LARGE',
    `Cannot inspect the picture as it must be <= ${maxPayloadBytes} bytes (limits.maxPayloadBytes): it is larger`,
    { details: { maxPayloadBytes } },
  );
}

/** Runs at most `share` at once; the rest waits in order. */
function createShare(share: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    if (running >= share) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

function toAnswer(inspection: Inspection, render: RenderKind, model: string): object {
  const { id, measures, inferenceTimeMs, stagesMs, dryRun } = inspection;
  const { picture, ...verdicts } = dryRun ?? { rules: [] };
  return {
    id,
    model,
    ...measures,
    'inference time': inferenceTimeMs,
    stages: stagesMs,
    ...verdicts,
    render,
    contentType: picture?.type ?? null,
    afterProcess: picture === undefined ? null : Buffer.from(picture.bytes).toString('base64'),
  };
}
