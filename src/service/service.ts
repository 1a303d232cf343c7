/** A running service: what it shows of itself, and the written order of its stop (docs/architecture.md). */
import type { HttpServer } from '../http/server.js';
import type { CrashGuard } from '../quarantine/crash-guard.js';
import { createRequestAnswer } from '../requests/answer-request.js';
import type { Bulkhead } from '../requests/bulkhead.js';
import type { LedgerSnapshot } from '../telemetry/ledger.js';
import type { ReadinessState } from '../telemetry/readiness.js';
import { openConnections } from './connections.js';
import type { ServiceContext, ServiceFailure } from './context.js';
import { createHealthMessages, healthMessage } from './health-messages.js';
import type { InspectionPool } from './inspection-pool.js';
import { openStreams } from './streams.js';
import { createTopics } from './topics.js';

export interface Service {
  readonly http: HttpServer;
  /** `name@version on device, precision` of each model. */
  readonly model: string;
  readiness(): ReadinessState;
  ledger(): LedgerSnapshot;
  /** Resolves when the service cannot go on by itself. */
  readonly failed: Promise<ServiceFailure>;
  /** Finishes what is under way and says goodbye. Resolves to the number of threads that native code still holds. */
  stop(): Promise<number>;
}

export interface ServiceMachinery {
  readonly http: HttpServer;
  readonly workers: InspectionPool;
  readonly bulkhead: Bulkhead;
  readonly crashGuard: CrashGuard;
}

/** Connects everything that is open already to the broker. */
export function runService(
  context: ServiceContext,
  { http, workers, bulkhead, crashGuard }: ServiceMachinery,
): Service {
  const { config, ledger, log, metrics, readiness } = context;
  const topics = createTopics(config);
  const message = () => healthMessage(context, topics.health);
  const health = config.health.enabled ? createHealthMessages(message, log) : undefined;
  const connections = openConnections(context, {
    health: health && { message, companion: health },
    requests: { topic: topics.request, isReplyAllowed: topics.isAnswerAllowed, answer: createRequestAnswer(bulkhead) },
  });
  const streams = openStreams(context, { pool: workers.pool, crashGuard, connections, topics });
  metrics.attach({
    workers: () => workers.pool.status(),
    saturation: () => Math.min(1, streams.running / (config.limits.inFlight * config.streams.length)),
    isReady: () => readiness.state().ready,
  });
  health?.start(connections.sink.publish);

  async function stop(): Promise<number> {
    log.info({ inFlight: streams.unsettled }, 'stopping');
    health?.stop();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), config.shutdown.timeoutMs);
    await streams.drain(deadline.signal);
    clearTimeout(timer);
    deadline.abort();
    connections.giveUp();
    await Promise.all([streams.end(), connections.endSinks()]);
    crashGuard.stop();
    const held = await workers.close(); // jobs that are still running end here, un-acknowledged
    await streams.idle();
    crashGuard.close();
    await http.close();
    context.faults.close();
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
