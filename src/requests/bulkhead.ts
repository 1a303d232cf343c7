/**
 * Keeps dry runs apart from the stream of pictures: they take at most a fixed part of the workers, and what waits is bounded,
 * so nobody who tries pictures by HTTP or MQTT request holds up the line. Dry runs are not published as results, not counted
 * and not acknowledged.
 */

import type { UserProperty } from '../domain/delivery.js';
import type { DryRun, Inspection } from '../domain/inspection.js';
import type { RenderKind } from '../domain/rule.js';
import { ServiceError } from '../std/errors.js';

export interface DryRunRequest {
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
  /** @throws {ServiceError} for the picture's own faults and those of the predicate */
  readonly inspect: (request: DryRunRequest) => Promise<Inspection>;
}

export interface BulkheadOptions {
  /** Dry runs that are inspected side by side. */
  readonly concurrency: number;
  readonly maxPayloadBytes: number;
  /** What is drawn unless a request wants something else. */
  readonly render: RenderKind;
}

/** The right to one dry run; disposing gives it back. */
export interface Permit extends Disposable {
  /** The answer, as JSON. @throws {ServiceError} */
  inspect(request: DryRunRequest): Promise<object>;
}

export interface Bulkhead extends Pick<BulkheadOptions, 'maxPayloadBytes' | 'render'> {
  /** Undefined when all permits are taken, or there are no workers yet: try again later. */
  tryAcquire(): Permit | undefined;
}

/** Each may hold a payload in memory. */
const MAX_PERMITS = 4;

export function createBulkhead({ workers }: BulkheadParts, options: BulkheadOptions): Bulkhead {
  const { concurrency, maxPayloadBytes, render } = options;
  const limited = createLimiter(concurrency);
  let taken = 0;

  return {
    maxPayloadBytes,
    render,
    tryAcquire() {
      const ready = workers();
      if (ready === undefined || taken >= MAX_PERMITS) return undefined;
      taken += 1;
      let isTaken = true;
      return {
        async inspect(request) {
          assertDryRunSize(request.payload.byteLength, maxPayloadBytes);
          const inspection = await limited(() => ready.inspect(request));
          return toAnswer(inspection, request.dryRun.render);
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

/** Runs at most `concurrency` at once; the rest waits in order. */
function createLimiter(concurrency: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    if (running >= concurrency) await new Promise<void>((resolve) => waiting.push(resolve));
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

function toAnswer(inspection: Inspection, render: RenderKind): object {
  const { id, model, measures, inferenceTimeMs, stagesMs, dryRun } = inspection;
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
