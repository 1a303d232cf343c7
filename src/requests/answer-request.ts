/** A request by MQTT → its answer. The user properties `where` and `render` say what to try, as the query of /inspect does. */
import type { UserProperty } from '../domain/delivery.js';
import { ServiceError } from '../std/errors.js';
import type { Bulkhead } from './bulkhead.js';
import { parseDryRun } from './parse-dry-run.js';

export interface PictureRequest {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly user: readonly UserProperty[];
}

/** Never rejects: a refusal is an answer, too, `{error, code}`. */
export function createRequestAnswer(bulkhead: Bulkhead): (request: PictureRequest) => Promise<object> {
  return async ({ topic, payload, user }) => {
    using permit = bulkhead.tryAcquire();
    if (permit === undefined) return { error: 'Too many dry runs at once, or the workers are not ready yet.' };
    try {
      const given = user.filter(([name]) => name === 'where' || name === 'render');
      return await permit.inspect({ topic, payload, user, dryRun: parseDryRun(given, bulkhead.render) });
    } catch (error) {
      if (error instanceof ServiceError) return { error: error.message, code: error.code };
      return { error: 'The request failed as the service is stopping.' };
    }
  };
}
