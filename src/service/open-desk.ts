/** The desk at which single pictures are tried, before the pool that is to try them. */
import { createTrialDesk, type TrialDesk } from '../requests/bulkhead.js';
import type { ServiceContext } from './context.js';
import type { InspectionPool } from './inspection-pool.js';

/** A trial takes a worker from the line: one in so many, one at least. */
const WORKERS_A_TRIAL = 4;

export function openDesk({ config }: ServiceContext, workers: () => InspectionPool | undefined): TrialDesk {
  return createTrialDesk(
    {
      workers() {
        const running = workers();
        return (
          running && {
            model: running.model,
            inspect: ({ topic, payload, user, trial }) =>
              running.pool.run({ topic, payload, properties: { user }, receivedAtMs: Date.now(), trial }),
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
