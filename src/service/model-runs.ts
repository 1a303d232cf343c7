/** Around each inspection of a picture by a model: what the model did is counted. */
import type { Pool } from '../pool/pool.js';
import { ServiceError } from '../std/errors.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Tallies } from '../telemetry/tallies.js';

/** Of the key of a version that workers hold; '#' is in no id. */
function modelIdOf(key: string): string {
  const at = key.indexOf('#');
  return at < 0 ? key : key.slice(0, at);
}

export function countedRuns(
  pool: Pick<Pool, 'run'>,
  tallies: Pick<Tallies, 'done' | 'failed'>,
  metrics: Pick<Metrics, 'inspectedBy' | 'failedBy'>,
): Pick<Pool, 'run'> {
  return {
    async run(job, beforeStart) {
      const model = modelIdOf(job.assignments?.[0]?.model ?? '');
      try {
        const inspection = await pool.run(job, beforeStart);
        tallies.done(model);
        const { measures, stagesMs } = inspection;
        metrics.inspectedBy(model, { isDefective: (measures?.defect ?? 0) > 0, inferMs: stagesMs.infer });
        return inspection;
      } catch (error) {
        if (error instanceof ServiceError) {
          tallies.failed(model, error);
          metrics.failedBy(model);
        }
        throw error;
      }
    },
  };
}
