/** The HTTP server of a service, with what it shows; it listens before anything else can fail. */

import { createInspectHandler } from '../http/inspect-route.js';
import { type HttpServer, startHttp } from '../http/server.js';
import type { Bulkhead } from '../requests/bulkhead.js';
import { version, webFolder } from '../std/package-root.js';
import type { ServiceContext } from './context.js';
import type { InspectionPool } from './inspection-pool.js';

/** @throws {ServiceError} ERR_CONFIG when the address can't be listened on */
export async function openHttp(
  context: ServiceContext,
  workers: () => InspectionPool | undefined,
  bulkhead: Bulkhead,
): Promise<HttpServer> {
  const { config, deadLetters, history, ledger, log, metrics, parts, readiness, recent } = context;
  const status = () => {
    const running = workers();
    const rest = running === undefined ? {} : { model: running.description, workers: { ...running.pool.status() } };
    return { version, counts: ledger.snapshot(), ...rest };
  };
  const http = await startHttp(
    {
      clientId: config.mqtt.clientId,
      readiness: () => readiness.state(),
      metrics,
      recent,
      deadLetters,
      history,
      logger: parts.logger.child({ component: 'http' }),
      status,
      ...(config.http.inspect ? { inspect: createInspectHandler(bulkhead) } : {}),
    },
    { ...config.http, webFolder },
  );
  log.info({ url: http.url }, 'listening');
  if (!http.showsPictures) log.warn({}, 'others can reach this address and http.token is not set: pictures are off');
  return http;
}
