/** A request by MQTT → its answer. User properties `where` and `render` say what to try, as the query of /inspect does. */

import type { MqttRequest } from '../mqtt/requests.js';
import type { Bulkhead } from '../requests/bulkhead.js';
import { parseDryRun } from '../requests/parse-dry-run.js';
import { ServiceError } from '../std/errors.js';

/** Refusals are answers, too: `{error, code}`. */
export function createRequestAnswer(desk: Bulkhead): (request: MqttRequest) => Promise<object> {
  return async ({ topic, payload, user }) => {
    using place = desk.enter();
    if (place === undefined) return { error: 'Too many pictures are tried at once, or the workers are not ready yet.' };
    try {
      const asked = user.filter(([name]) => name === 'where' || name === 'render');
      return await place.ask({ topic, payload, user, dryRun: parseDryRun(asked, desk.render) });
    } catch (error) {
      if (error instanceof ServiceError) return { error: error.message, code: error.code };
      return { error: 'The request failed as the service is stopping.' };
    }
  };
}
