/** Around each inspection of a picture by a model: what the model did is counted, and its candidate may do the same. */
import type { Pool } from '../pool/pool.js';
import { ServiceError } from '../std/errors.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Tallies } from '../telemetry/tallies.js';
import type { Candidates } from './candidates.js';

/** Of the key of a version that workers hold; '#' is in no id. */
function modelIdOf(key: string): string {
  const at = key.indexOf('#');
  return at < 0 ? key : key.slice(0, at);
}

export interface ModelRunsParts {
  readonly tallies: Pick<Tallies, 'done' | 'failed'>;
  readonly metrics: Pick<Metrics, 'inspectedBy' | 'failedBy'>;
  readonly candidates: Pick<Candidates, 'of'>;
}

export function modelRuns(
  pool: Pick<Pool, 'run'>,
  { tallies, metrics, candidates }: ModelRunsParts,
): Pick<Pool, 'run'> {
  return {
    async run(job, beforeStart) {
      const model = modelIdOf(job.assignments?.[0]?.model ?? '');
      const shadow = candidates.of(model);
      const isCompared = shadow?.wants() ?? false;
      try {
        const inspection = await pool.run(isCompared ? { ...job, wantsMask: true } : job, beforeStart);
        tallies.done(model);
        const { measures, stagesMs } = inspection;
        metrics.inspectedBy(model, { isDefective: (measures?.defect ?? 0) > 0, inferMs: stagesMs.infer });
        if (isCompared) shadow?.compare(job, inspection);
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
