/** A running service: what it shows of itself, and the written order of its stop (docs/architecture.md). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import type { OutgoingMessage } from '../domain/delivery.js';
import type { Control } from '../http/control-routes.js';
import type { Inspection } from '../domain/inspection.js';
import type { HttpServer } from '../http/server.js';
import type { CrashGuard } from '../quarantine/crash-guard.js';
import { createRequestAnswer } from '../requests/answer-request.js';
import type { Bulkhead, DryRunRequest } from '../requests/bulkhead.js';
import type { ObjectStore } from '../store/object-store.js';
import type { LedgerSnapshot } from '../telemetry/ledger.js';
import type { ReadinessState } from '../telemetry/readiness.js';
import { type CameraStates, createCameraStates } from './camera-states.js';
import { createCandidates } from './candidates.js';
import { END_TIMEOUT_MS, openConnections } from './connections.js';
import type { ServiceContext, ServiceFailure } from './context.js';
import { createControl } from './control.js';
import { healthMessage } from './health-messages.js';
import { createPeriodicMessages } from './periodic-messages.js';
import type { InspectionPool } from './inspection-pool.js';
import { createLiveCatalogue, type LiveCatalogue } from './live-catalogue.js';
import { modelRuns } from './model-runs.js';
import type { Workplace } from './prepare.js';
import type { RestServer } from '../rest/server.js';
import { createReloader, type Reloader } from './reload.js';
import type { RowRules } from './row-rules.js';
import type { RestSide } from './rest.js';
import { createStreamOpener } from './streams.js';

export interface Service {
  readonly http: HttpServer;
  /** `name@version on device, precision` of each model. */
  readonly model: string;
  readiness(): ReadinessState;
  ledger(): LedgerSnapshot;
  /** Resolves when the service cannot go on by itself. */
  readonly failed: Promise<ServiceFailure>;
  /**
   * Takes another configuration, all or nothing. Resolves to what changed, a sentence each.
   * @throws {ServiceError} when nothing of it is taken
   */
  reload(config: Config): Promise<readonly string[]>;
  /** Answers REST, where it is on, from now on. @throws {ServiceError} ERR_CONFIG */
  listenToRest(): Promise<void>;
  /** `http://127.0.0.1:9081/`; undefined while REST does not answer. */
  readonly restUrl: string | undefined;
  /** Shows what runs, and changes it beside the configuration. */
  readonly control: Control;
  /** Inspects a picture that somebody tries. @throws {ServiceError} ERR_CONFIG where there is no such model; that of the picture */
  dryRun(request: DryRunRequest): Promise<Inspection>;
  /** Finishes what is under way and says goodbye. Resolves to the number of threads that native code still holds. */
  stop(): Promise<number>;
}

export interface ServiceMachinery {
  readonly http: HttpServer;
  readonly workers: InspectionPool;
  readonly bulkhead: Bulkhead;
  readonly crashGuard: CrashGuard;
  readonly workplace: Workplace;
  /** Absent: nothing that is made over the wire outlives the process. */
  readonly store: ObjectStore | undefined;
  /** Of the configuration's rules. */
  readonly judgeRow: RowRules;
  readonly rest: RestSide | undefined;
}

/** Pictures that wait for the disk of keep.path get no more of a stop. */
const KEEP_TIMEOUT_MS = 1000;

/** Connects everything that is open already to the broker. */
export function runService(context: ServiceContext, machinery: ServiceMachinery): Service {
  const { http, workers, bulkhead, crashGuard, workplace, judgeRow, rest } = machinery;
  const { config, ledger, log, metrics, readiness } = context;
  const ending = new AbortController();
  const first = createLiveCatalogue({
    config,
    rules: config.rules,
    modelKeys: new Map(config.models.map(({ id }) => [id, id])),
    judgeRow,
    log,
    ending: ending.signal,
  });
  let live = (): LiveCatalogue => first;
  const current = () => live();
  const { topics } = first;
  const message = () => healthMessage(context, topics.health);
  const health = config.health.enabled
    ? createPeriodicMessages(() => [message()], log, { what: 'health messages', key: 'health.enabled' })
    : undefined;
  const states = cameraStatesOf(context);
  const cameras =
    states && createPeriodicMessages(states.due, log, { what: 'the states of cameras', key: 'cameras.state' });
  const periodic = [health, cameras].filter((messages) => messages !== undefined);
  const connections = openConnections(context, {
    ending: ending.signal,
    health: health && message,
    companions: periodic,
    requests: {
      topic: topics.request,
      isReplyAllowed: (topic) => current().topics.isAnswerAllowed(topic),
      answer: createRequestAnswer(bulkhead),
    },
  });
  const candidates = createCandidates(context, workers.pool);
  const openStream = createStreamOpener(context, {
    pool: modelRuns(workers.pool, { tallies: context.tallies.models, metrics, candidates }),
    crashGuard,
    connections,
    current,
    onSettled: rest?.onSettled,
  });
  function onTakenOver(version: LiveCatalogue): void {
    rest?.onTakenOver(version);
    const models = new Set(version.modelKeys.keys());
    candidates.keep(models);
    context.tallies.models.keep(models);
    context.tallies.rules.keep([...version.rules, ...reloader.given().rules].map(({ id }) => id));
  }
  const reloader: Reloader = createReloader(
    { context, workplace, workers, connections, openStream, ending: ending.signal, onTakenOver },
    first,
    rest?.beginning,
  );
  live = reloader.current;
  const sum = (countOf: (stream: ReturnType<typeof openStream>) => number) =>
    reloader.streams().reduce((total, stream) => total + countOf(stream), 0);
  metrics.attach({
    workers: () => workers.pool.status(),
    saturation: () => {
      const limit = config.limits.inFlight * Math.max(1, reloader.streams().length);
      return Math.min(1, sum(({ source }) => source.running) / limit);
    },
    isReady: () => readiness.state().ready,
  });
  for (const messages of periodic) messages.start(connections.sink.publish);

  /** A member that is gone leaves nothing behind; a broker that does not answer keeps what it has. */
  async function takeBack(messages: readonly OutgoingMessage[]): Promise<void> {
    const published = messages.map((message) => connections.sink.publish(message).catch(() => undefined));
    await Promise.race([Promise.all(published), delay(END_TIMEOUT_MS, undefined, { ref: false })]);
  }

  let restServer: RestServer | undefined;
  async function stop(): Promise<number> {
    reloader.stop();
    const restClosed = restServer?.close();
    const streams = reloader.streams();
    log.info({ inFlight: sum(({ source }) => source.unsettled) }, 'stopping');
    readiness.stop();
    for (const messages of periodic) messages.stop();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), config.shutdown.timeoutMs);
    await Promise.all(streams.map((stream) => stream.drain(deadline.signal)));
    clearTimeout(timer);
    deadline.abort();
    if (config.mqtt.onStop === 'retire') await takeBack(states?.takeBack() ?? []);
    ending.abort(new Error('the service stops'));
    await Promise.all([...streams.map((stream) => stream.end()), connections.endSinks()]);
    crashGuard.stop();
    const held = (await candidates.closeAll()) + (await workers.close()); // jobs that are still running end here, un-acknowledged
    await Promise.all(streams.map(({ pipeline }) => pipeline.idle()));
    crashGuard.close();
    await context.keeper?.close(KEEP_TIMEOUT_MS);
    await http.close();
    await restClosed;
    context.faults.close();
    log.info({ unfinished: ledger.snapshot().inFlight }, 'stopped');
    return held;
  }

  async function dryRun({ topic, payload, user, dryRun }: DryRunRequest): Promise<Inspection> {
    const version = current();
    const assignments = [version.dryRunAssignment(dryRun.model)];
    version.hold();
    const job = { topic, payload, properties: { user }, receivedAtMs: Date.now(), dryRun, assignments };
    return await workers.pool.run(job).finally(() => version.release());
  }

  return {
    http,
    dryRun,
    model: workers.description,
    readiness: () => readiness.state(),
    ledger: () => ledger.snapshot(),
    failed: context.failed,
    reload: rest?.reload ?? reloader.reload,
    async listenToRest() {
      restServer = await rest?.listen({ reloader, connections });
    },
    get restUrl() {
      return restServer?.url;
    },
    control: createControl({ context, reloader, workers, candidates }),
    stop,
  };
}

function cameraStatesOf({ config, cameras }: ServiceContext): CameraStates | undefined {
  if (cameras === undefined || !config.cameras.state) return undefined;
  return createCameraStates({ lines: cameras.lines, clientId: config.mqtt.clientId, nowMs: Date.now });
}
