/**
 * The composition root: configuration → parts → a running service, and the written order of its start and its stop
 * (docs/architecture.md).
 */

import { resolve } from 'node:path';
import type { Config } from '../config/config.js';
import type { HttpServer } from '../http/server.js';
import { withCrashGuard, withFreshness } from '../pipeline/inspect-decorators.js';
import { createPipeline } from '../pipeline/pipeline.js';
import type { Inspect } from '../pipeline/ports.js';
import { createUndeliverableRetry } from '../pipeline/retry-undeliverable.js';
import type { Pool } from '../pool/pool.js';
import { type CrashGuard, openCrashGuard } from '../quarantine/crash-guard.js';
import { createRequestAnswer } from '../requests/answer-request.js';
import { type Bulkhead, createBulkhead, type DryRunRequest } from '../requests/bulkhead.js';
import { createBackoff } from '../std/backoff.js';
import { defined } from '../std/defined.js';
import type { LedgerSnapshot } from '../telemetry/ledger.js';
import type { ReadinessState } from '../telemetry/readiness.js';
import type { Connections, openConnections } from './connections.js';
import { createContext, type ServiceContext, type ServiceFailure, type ServiceParts } from './context.js';
import { healthMessage, startHealthMessages } from './health-messages.js';
import { type InspectionPool, openInspectionPool } from './inspection-pool.js';
import { openHttp } from './open-http.js';
import { pictureFields } from './picture-fields.js';
import { createPipelineObserver } from './pipeline-observer.js';
import { type Plan, planWorkers } from './prepare.js';
import { createTopics, type ServiceTopics } from './topics.js';

/** Waits before a message is tried again that the broker took neither as result nor as dead letter. */
const UNDELIVERABLE_BACKOFF = { firstMs: 1_000, limitMs: 10_000 };

export interface Service {
  readonly http: HttpServer;
  /** `name@version on device, precision`. */
  readonly model: string;
  readiness(): ReadinessState;
  ledger(): LedgerSnapshot;
  /** Resolves when the service cannot go on by itself. */
  readonly failed: Promise<ServiceFailure>;
  /** Finishes what is under way and says goodbye. Resolves to the number of threads that native code still holds. */
  stop(): Promise<number>;
}

/** @throws {ServiceError} of a set-up code when it cannot start; what was started is stopped then */
export async function startService(
  config: Config,
  parts: ServiceParts,
  planning: Promise<Plan> = planWorkers(config, parts),
): Promise<Service> {
  const topics = createTopics(config);
  const context = createContext(config, parts);
  let workers: InspectionPool | undefined;
  const bulkhead = openBulkhead(config, () => workers);
  const tried = planning.then(({ probed }) => probed);
  tried.catch(() => undefined); // told where it is waited for
  const http = await openHttp(context, () => workers, bulkhead).catch(async (error: unknown) => {
    await tried.catch(() => undefined); // its child process is not left behind
    throw error;
  });
  const { path } = config.journal;
  const crashGuard = openCrashGuard(
    {
      log: context.log,
      async setup() {
        await tried;
        return (await planning).setup;
      },
    },
    {
      path: path === undefined ? undefined : resolve(parts.cwd, path),
      jobTimeoutMs: config.limits.jobTimeoutMs,
    },
  );
  try {
    const plan = await planning;
    // The MQTT client takes its time to load: the workers start meanwhile.
    const [connections, pool] = await Promise.all([import('./connections.js'), openInspectionPool(context, plan)]);
    workers = pool;
    return run(context, topics, { http, workers, bulkhead, crashGuard, openConnections: connections.openConnections });
  } catch (error) {
    crashGuard.stop();
    crashGuard.close();
    await http.close();
    throw error;
  }
}

/** A dry run takes a worker from the stream of pictures: one in so many, and at least one. */
const WORKERS_PER_DRY_RUN = 4;

function openBulkhead({ workers, limits, result }: Config, opened: () => InspectionPool | undefined): Bulkhead {
  const parts = {
    workers() {
      const pool = opened()?.pool;
      if (pool === undefined) return undefined;
      return {
        inspect: ({ topic, payload, user, dryRun }: DryRunRequest) =>
          pool.run({ topic, payload, properties: { user }, receivedAtMs: Date.now(), dryRun }),
      };
    },
  };
  return createBulkhead(parts, {
    concurrency: Math.max(1, Math.floor(workers.count / WORKERS_PER_DRY_RUN)),
    maxPayloadBytes: limits.maxPayloadBytes,
    render: result.render,
  });
}

interface OpenParts {
  readonly http: HttpServer;
  readonly workers: InspectionPool;
  readonly bulkhead: Bulkhead;
  readonly crashGuard: CrashGuard;
  readonly openConnections: typeof openConnections;
}

function run(context: ServiceContext, topics: ServiceTopics, opened: OpenParts): Service {
  const { http, workers, bulkhead, crashGuard, openConnections } = opened;
  const { config, ledger, log, metrics, parts, readiness } = context;
  const { pool } = workers;
  const pipeline = createPipeline(
    {
      inspect: withFreshness(withCrashGuard(inspectionOf(pool), crashGuard)),
      sink: { publish: (message) => connections.publish(message) },
      observer: createPipelineObserver({
        ...context,
        pictureFields: pictureFields(config),
        onUndeliverable: (delivery, error) => undeliverable.add(delivery, error),
      }),
    },
    {
      order: config.sink.order,
      maxPayloadBytes: config.limits.maxPayloadBytes,
      deadLetter: { topic: topics.deadLetter, maxPayloadBytes: config.deadLetter.maxPayloadBytes },
      outgoing: {
        qos: config.sink.qos,
        encoding: config.result.encoding,
        reply: config.result.reply,
        isReplyAllowed: topics.isReplyAllowed,
        topicOf: topics.result,
        ...defined({ expirySeconds: config.sink.messageExpirySeconds }),
      },
    },
  );
  const undeliverable = createUndeliverableRetry({
    handle: (delivery) => pipeline.handle(delivery),
    backoff: createBackoff(parts.random, UNDELIVERABLE_BACKOFF),
    onBlocked(error) {
      connections.pause();
      readiness.fail('results', error.message);
    },
    onUnblocked() {
      readiness.fulfil('results');
      connections.resume();
    },
  });
  readiness.fulfil('results');
  const connections: Connections = openConnections(context, {
    onDelivery: (delivery) => void pipeline.handle(delivery),
    health: () => healthMessage(context, topics.health),
    requests: { topic: topics.request, isReplyAllowed: topics.isAnswerAllowed, answer: createRequestAnswer(bulkhead) },
  });
  metrics.attach({
    workers: () => pool.status(),
    saturation: () => Math.min(1, connections.running / config.limits.inFlight),
    isReady: () => readiness.state().ready,
  });
  const health = config.health.enabled ? startHealthMessages(context, topics.health, connections) : undefined;

  async function stop(): Promise<number> {
    log.info({ inFlight: connections.unsettled }, 'stopping');
    health?.stop();
    undeliverable.stop();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), config.shutdown.timeoutMs);
    const drained = connections.drain(deadline.signal);
    // What the broker refuses both ways would be waited for in vain: it comes again to the next process.
    await Promise.race([drained, pipeline.idle().then(() => (undeliverable.isBlocked ? undefined : drained))]);
    clearTimeout(timer);
    deadline.abort();
    await connections.end();
    crashGuard.stop();
    const held = await workers.close(); // jobs that are still running end here, un-acknowledged
    await pipeline.idle();
    crashGuard.close();
    await http.close();
    log.info({ unfinished: ledger.snapshot().inFlight }, 'stopped');
    return held;
  }

  return {
    http,
    model: workers.description,
    readiness: () => readiness.state(),
    ledger: () => ledger.snapshot(),
    failed: context.failed,
    stop,
  };
}

/** A delivery as a worker gets it: without what cannot go to a thread. */
function inspectionOf(pool: Pool): Inspect {
  return ({ topic, payload, properties, receivedAtMs }, { beforeStart, digest }) =>
    pool.run({ topic, payload, properties, receivedAtMs, ...(digest === undefined ? {} : { digest }) }, beforeStart);
}
