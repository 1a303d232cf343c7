/** Around each inspection of a picture by a model: what the model did is counted. */
import type { Pool } from '../pool/pool.js';
import { ServiceError } from '../std/errors.js';
import type { Tallies } from '../telemetry/tallies.js';

/** Of the key of a version that workers hold; '#' is in no id. */
function modelIdOf(key: string): string {
  const at = key.indexOf('#');
  return at < 0 ? key : key.slice(0, at);
}

export function countedRuns(pool: Pick<Pool, 'run'>, tallies: Pick<Tallies, 'done' | 'failed'>): Pick<Pool, 'run'> {
  return {
    async run(job, beforeStart) {
      const model = modelIdOf(job.assignments?.[0]?.model ?? '');
      try {
        const inspection = await pool.run(job, beforeStart);
        tallies.done(model);
        return inspection;
      } catch (error) {
        if (error instanceof ServiceError) tallies.failed(model, error);
        throw error;
      }
    },
  };
}
