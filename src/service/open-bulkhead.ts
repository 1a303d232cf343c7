/** The desk at which single pictures are tried, before the pool that is to try them. */
import { type Bulkhead, createBulkhead } from '../requests/bulkhead.js';
import type { ServiceContext } from './context.js';
import type { InspectionPool } from './inspection-pool.js';

/** A dryRun takes a worker from the line: one in so many, one at least. */
const WORKERS_A_TRIAL = 4;

export function openBulkhead({ config }: ServiceContext, workers: () => InspectionPool | undefined): Bulkhead {
  return createBulkhead(
    {
      workers() {
        const running = workers();
        return (
          running && {
            model: running.model,
            inspect: ({ topic, payload, user, dryRun }) =>
              running.pool.run({ topic, payload, properties: { user }, receivedAtMs: Date.now(), dryRun }),
          }
        );
      },
    },
    {
      share: Math.max(1, Math.floor(config.workers.count / WORKERS_A_TRIAL)),
      maxPayloadBytes: config.limits.maxPayloadBytes,
      render: config.result.render,
    },
  );
}
