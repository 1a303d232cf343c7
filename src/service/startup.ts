/** How a service starts, told in order (docs/architecture.md). What was started is stopped when a later step fails. */
import { resolve } from 'node:path';
import { adjusted } from '../catalogue/adjustments.js';
import type { Config } from '../config/config.js';
import type { Control } from '../http/control-routes.js';
import { createInspectHandler, createReloadHandler } from '../http/routes.js';
import { type HttpServer, startHttp } from '../http/server.js';
import { type CrashGuard, openCrashGuard } from '../quarantine/crash-guard.js';
import { type Bulkhead, createBulkhead } from '../requests/bulkhead.js';
import { ServiceError } from '../std/errors.js';
import { type ObjectStore, openObjectStore } from '../store/object-store.js';
import { version, webFolder } from '../std/package-root.js';
import { createContext, type ServiceContext, type ServiceParts } from './context.js';
import { type InspectionPool, openInspectionPool } from './inspection-pool.js';
import { type Plan, planWorkers } from './prepare.js';
import { openRowRules } from './row-rules.js';
import { openRest } from './rest.js';
import { runService, type Service } from './service.js';

/** A dry run takes a worker from the streams of pictures: one in so many, and at least one. */
const WORKERS_PER_DRY_RUN = 4;

/**
 * 1. Models and runtime are looked for, while a child process tries the runtime.
 * 2. HTTP listens: /livez answers from here on, /readyz says 503 and why.
 * 3. The crash journal is read; after an unclean end a process for suspects loads its code.
 * 4. The plan is waited for. The models are compiled, one thread each, when the runtime has passed.
 * 5. Every worker opens all models and passes their self-tests.
 * 6. The sink connects, then the source of each stream; it subscribes last.
 *
 * @throws {ServiceError} of a set-up code when it cannot start
 */
export async function startService(file: Config, parts: ServiceParts, given?: Promise<Plan>): Promise<Service> {
  const store = await openStore(file, parts);
  const rest =
    file.rest.enabled && store ? await openRest(file, { store, cwd: parts.cwd, logger: parts.logger }) : undefined;
  const config = rest === undefined ? file : adjusted(rest.beginning.given, rest.beginning.adjustments);
  const planning = given ?? planWorkers(config, parts);
  const context = createContext(config, parts);
  const probed = planning.then((plan) => plan.probed);
  probed.catch(() => undefined); // told where it is waited for
  let workers: InspectionPool | undefined;
  let service: Service | undefined;
  const bulkhead = openBulkhead(config, () => service);
  const reload = parts.readConfig && reloadBy(parts.readConfig, () => service);
  const http = await openHttp(context, {
    opened: () => workers,
    bulkhead,
    reload,
    control: () => service?.control,
  }).catch(async (error: unknown) => {
    await probed.catch(() => undefined); // its child process is not left behind
    throw error;
  });
  const crashGuard = openGuard(context, async () => {
    await probed;
    const { engine, models } = await planning;
    return {
      engine,
      setups: (await workers?.pool.models())?.map(({ setup }) => setup) ?? models.map(({ setup }) => setup),
    };
  });
  try {
    const plan = await planning;
    const judgeRow = await openRowRules(config.rules);
    workers = await openInspectionPool(context, plan);
    service = runService(context, { http, workers, bulkhead, crashGuard, workplace: plan, store, judgeRow, rest });
    await service.listenToRest();
    return service;
  } catch (error) {
    if (service !== undefined) {
      await service.stop();
      throw error;
    }
    crashGuard.stop();
    crashGuard.close();
    await http.close();
    throw error;
  }
}

interface HttpSurroundings {
  /** Undefined until there are workers. */
  readonly opened: () => InspectionPool | undefined;
  readonly bulkhead: Bulkhead;
  readonly reload: (() => Promise<readonly string[]>) | undefined;
  readonly control: () => Control | undefined;
}

/** @throws {ServiceError} ERR_CONFIG when the address can't be listened on */
async function openHttp(
  { config, deadLetters, history, ledger, log, metrics, parts, readiness, recent, cameras, keeper }: ServiceContext,
  { opened, bulkhead, reload, control }: HttpSurroundings,
): Promise<HttpServer> {
  const kept = () => keeper && { ...keeper.status(), canJudge: config.http.token !== undefined };
  const http = await startHttp(
    {
      clientId: config.mqtt.clientId,
      readiness: () => readiness.state(),
      metrics,
      recent,
      deadLetters,
      history,
      logger: parts.logger.child({ component: 'http' }),
      status() {
        const workers = opened();
        const rest = workers === undefined ? {} : { model: workers.description, workers: { ...workers.pool.status() } };
        return {
          version,
          counts: ledger.snapshot(),
          cameras: cameras?.lines(),
          kept: kept(),
          catalogue: control()?.catalogue(),
          ...rest,
        };
      },
      ...(config.http.inspect ? { inspect: createInspectHandler(bulkhead) } : {}),
      ...(config.http.token === undefined ? {} : { control, kept: keeper }),
      ...(reload && config.http.token !== undefined ? { reload: createReloadHandler(reload) } : {}),
    },
    { ...config.http, webFolder },
  );
  log.info({ url: http.url }, 'listening');
  if (!http.showsPictures) log.warn({}, 'others can reach this address and http.token is not set: pictures are off');
  return http;
}

/** Reads the configuration again, file and secrets, and takes it. */
function reloadBy(readConfig: () => Config, running: () => Service | undefined): () => Promise<readonly string[]> {
  return async () => {
    const service = running();
    if (service === undefined) {
      throw new ServiceError('ERR_CONFIG', 'Cannot reload as the service must have started: it has not yet');
    }
    return await service.reload(readConfig());
  };
}

/** @throws {ServiceError} ERR_CATALOGUE */
async function openStore({ catalogue: { path } }: Config, { cwd }: ServiceParts): Promise<ObjectStore | undefined> {
  return path === undefined ? undefined : await openObjectStore(resolve(cwd, path));
}

function openGuard(
  { config, log, parts }: ServiceContext,
  start: Parameters<typeof openCrashGuard>[0]['start'],
): CrashGuard {
  const { path } = config.journal;
  const { jobTimeoutMs, startTimeoutFactor } = config.limits;
  return openCrashGuard(
    { log, start },
    { path: path === undefined ? undefined : resolve(parts.cwd, path), jobTimeoutMs, startTimeoutFactor },
  );
}

function openBulkhead({ workers, limits, result }: Config, running: () => Service | undefined): Bulkhead {
  const parts = {
    workers() {
      const service = running();
      return service && { inspect: service.dryRun };
    },
  };
  return createBulkhead(parts, {
    concurrency: Math.max(1, Math.floor(workers.count / WORKERS_PER_DRY_RUN)),
    maxPayloadBytes: limits.maxPayloadBytes,
    render: result.render,
  });
}
