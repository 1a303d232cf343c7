/** A request by MQTT → its answer. The user properties `where`, `render` and `model` say what to try, as the query of /inspect does. */
import type { UserProperty } from '../domain/delivery.js';
import type { DryRun } from '../domain/inspection.js';
import { RENDER_KINDS, type RenderKind } from '../domain/rule.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';
import type { Bulkhead } from './bulkhead.js';

interface PictureRequest {
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
      const given = user.filter(([name]) => ['where', 'render', 'model'].includes(name));
      return await permit.inspect({ topic, payload, user, dryRun: parseDryRun(given, bulkhead.render) });
    } catch (error) {
      if (error instanceof ServiceError) return { error: error.message, code: error.code };
      return { error: 'The request failed as the service is stopping.' };
    }
  };
}

/**
 * What to try: `where` a predicate, `render` what to draw, `model` the id of a model, which is looked up where it is used. The predicate itself is compiled where it is used.
 * @param given name and value, as they stand in a query or in user properties
 * @throws {ServiceError} ERR_CONFIG when one is given twice, or `render` is no kind
 */
export function parseDryRun(given: Iterable<readonly [string, string]>, render: RenderKind): DryRun {
  const values = new Map<string, string>();
  for (const [name, value] of given) {
    if (values.has(name)) throw fault(`must be given once: ${name}`);
    values.set(name, value);
  }
  const kind = values.get('render') ?? render;
  if (!isRenderKind(kind)) throw fault(`render must be one of ${RENDER_KINDS.join(', ')}: ${kind}`);
  return { render: kind, ...defined({ where: values.get('where'), model: values.get('model') }) };
}

function isRenderKind(kind: string): kind is RenderKind {
  return (RENDER_KINDS as readonly string[]).includes(kind);
}

function fault(rule: string): ServiceError {
  return new ServiceError('ERR_CONFIG', `Cannot read what to try as ${rule.slice(0, 200)}`);
}
