/** Models and runtime → a pool that is ready, with its restarts, its self-tests and its hanging threads watched. */
import { crossCheckContours } from '../pool/one-shots.js';
import type { Pool, PoolListener } from '../pool/pool.js';
import { type SelfTestTimer, startSelfTestTimer } from '../pool/self-test-timer.js';
import { type StartedPool, startPool } from '../pool/start-pool.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';
import { trimHeaps } from '../std/libc.js';
import { dropFilePages } from '../std/mapped-pages.js';
import { createSharedCondition } from '../telemetry/readiness.js';
import type { Compiled } from '../worker/protocol/one-shot.js';
import type { ServiceContext } from './context.js';
import { createLatencyModes, type LatencyModes } from './latency-modes.js';
import type { Plan, PreparedModel } from './prepare.js';

export interface InspectionPool {
  readonly pool: Pool;
  /** Each model with device and precision, in words. */
  readonly description: string;
  /** The model of this key, with device and precision, in words; '' when there is none. */
  describe(key: string): string;
  /** Those that there are now, by key. */
  readonly models: ReadonlyMap<string, PreparedModel>;
  /** Compiles a model and has every worker open it. @throws {ServiceError} and it is nowhere then */
  addModel(model: PreparedModel): Promise<void>;
  /** No job of it may be waiting or running. */
  removeModel(key: string): Promise<void>;
  /** Resolves to the number of threads that native code still holds. */
  close(): Promise<number>;
}

type PoolContext = Pick<ServiceContext, 'config' | 'parts' | 'log' | 'readiness' | 'metrics' | 'fail'>;

/** When this many threads hang, the process ends itself for its supervisor to restart. */
const MAX_ABANDONED = 2;

/** @throws {ServiceError} of a set-up code */
export async function openInspectionPool(context: PoolContext, plan: Plan): Promise<InspectionPool> {
  const { config, parts, log, readiness } = context;
  logPlan(plan, context);
  let latencyModes: LatencyModes | undefined;
  const started = await startPool(
    plan.models.map(({ setup }) => setup),
    {
      engine: plan.engine,
      count: config.workers.count,
      streams: config.workers.streams,
      jobTimeoutMs: config.limits.jobTimeoutMs,
      startTimeoutFactor: config.limits.startTimeoutFactor,
      random: parts.random,
      allowed: plan.probed,
    },
    { ...poolListener(context), onLatencyWanted: (isWanted) => latencyModes?.want(isWanted) },
  );
  const closing = new AbortController();
  const models = new Map(plan.models.map((model) => [model.setup.key, model]));
  const descriptions = new Map(
    plan.models.map((model) => [model.setup.key, modelReady(context, model, started.compiled.get(model.setup.key))]),
  );
  const selfTests = createSelfTests(context, started, closing.signal);
  for (const model of plan.models) selfTests.passed(model);
  readiness.fulfil('workers');
  readiness.fulfil('model');
  if (plan.models.length === 0) readiness.fulfil('self-test');
  const giveBack = () => void giveMemoryBack(closing.signal);
  latencyModes = createLatencyModes({
    started,
    keys: () => models.keys(),
    log,
    signal: closing.signal,
    onChange: giveBack,
  });
  void readiness.firstReady.then(() => {
    if (closing.signal.aborted) return;
    for (const model of plan.models) if (models.get(model.setup.key) === model) selfTests.start(model);
    giveBack();
  });
  return {
    pool: started.pool,
    models,
    get description() {
      return [...descriptions.values()].join('; ');
    },
    describe: (key) => descriptions.get(key) ?? '',
    async addModel(model) {
      const { key } = model.setup;
      const compiled = await started.addModel(model.setup);
      models.set(key, model);
      descriptions.set(key, modelReady(context, model, compiled));
      selfTests.passed(model);
      selfTests.start(model);
      latencyModes?.modelsChanged();
      giveBack();
    },
    async removeModel(key) {
      const model = models.get(key);
      if (model !== undefined) selfTests.stop(model);
      models.delete(key);
      descriptions.delete(key);
      const isGone = model !== undefined && ![...models.values()].some(({ entry }) => entry.id === model.entry.id);
      if (isGone) {
        selfTests.forget(model);
        context.metrics.modelDropped(model.entry.id);
      }
      await started.removeModel(key);
    },
    close() {
      closing.abort();
      for (const model of models.values()) selfTests.stop(model);
      return started.pool.close();
    },
  };
}

/** Tells the metrics and the log; the model in words. */
function modelReady(
  { config, log, metrics }: PoolContext,
  { entry, setup, model }: PreparedModel,
  compiled: Compiled | undefined,
): string {
  const { name, version } = model.spec;
  const { deviceName: device = '', precision = '', engineVersion: runtime = '' } = compiled ?? {};
  const info = { model: entry.id, name, version, device, precision, engine: setup.engine.name, runtime };
  metrics.modelLoaded(info, compiled?.memoryBytes);
  const workers = config.workers.count;
  const memory = defined({ memoryBytes: compiled?.memoryBytes });
  log.info({ id: entry.id, model: name, version, device, precision, runtime, workers, ...memory }, 'workers are ready');
  if (entry.precision !== 'auto' && precision !== '' && precision !== entry.precision) {
    log.warn(
      { id: entry.id, asked: entry.precision, precision },
      'the device runs the model in another precision than asked',
    );
  }
  if (precision !== 'f32')
    log.warn({ id: entry.id, precision }, 'results differ from those in f32, and between machines');
  return `${name}@${version} on ${device}, ${precision}`;
}

/** After a compilation or OpenCV, which leave much that nothing needs: code that ran once, and holes in the heaps. */
async function giveMemoryBack(signal: AbortSignal): Promise<void> {
  trimHeaps();
  await dropFilePages(signal);
}

/** The self-test of each model, again and again. Readiness and metrics are green when the last ones of all have passed. */
interface SelfTests {
  /** Every worker has passed it when it opened the model. */
  passed(model: PreparedModel): void;
  start(model: PreparedModel): void;
  stop(model: PreparedModel): void;
  /** There is no model of this id any more. */
  forget(model: PreparedModel): void;
}

/** @param signal aborts when nobody waits for a result any more */
function createSelfTests(context: PoolContext, { pool }: StartedPool, signal: AbortSignal): SelfTests {
  const { config, log, metrics, readiness } = context;
  const failing = new Set<string>();
  const timers = new Map<string, SelfTestTimer>();
  const condition = createSharedCondition(readiness, 'self-test', []);

  function report({ entry, setup }: PreparedModel, error: Error | undefined): void {
    if (error === undefined) failing.delete(setup.key);
    else failing.add(setup.key);
    metrics.selfTested(entry.id, error === undefined, failing.size === 0);
    condition.report(entry.id, error?.message);
  }

  async function test({ entry, setup }: PreparedModel): Promise<void> {
    const counted = await pool.selfTest(setup.key);
    if (counted === undefined) return;
    await crossCheckContours(counted, { signal, timeoutFactor: config.limits.startTimeoutFactor });
    const contours = counted.masks[0]?.contours;
    log.debug({ id: entry.id, contours }, 'OpenCV counts the same in the self-test picture');
    void giveMemoryBack(signal);
  }

  return {
    passed: (model) => report(model, undefined),
    start(model) {
      const { entry, setup } = model;
      const timer = startSelfTestTimer(
        { selfTest: () => test(model), onResult: (error) => report(model, error) },
        {
          intervalSeconds: entry.selfTestIntervalSeconds,
          // To become ready every worker has passed it; what OpenCV says to the count is not waited for.
          isFirstDue: setup.model.selfTest !== undefined,
        },
      );
      timers.set(setup.key, timer);
    },
    stop({ setup }) {
      timers.get(setup.key)?.stop();
      timers.delete(setup.key);
      failing.delete(setup.key);
    },
    forget: ({ entry }) => condition.forget(entry.id),
  };
}

function logPlan({ models, runtime, engine, turbojpeg, probed }: Plan, { log }: Pick<PoolContext, 'log'>): void {
  for (const { entry, model } of models) {
    for (const warning of model.warnings) log.warn({ id: entry.id }, warning);
    log.info({ id: entry.id, path: model.spec.path, origin: model.origin, sha256: model.digest }, 'model found');
  }
  log.info({ jpeg: turbojpeg ?? 'sharp' }, 'codecs chosen');
  const { kind: place, path } = runtime ?? { kind: 'plugged in', path: '' };
  void probed.then(
    (report) => log.info({ engine: engine.name, place, path, version: report?.version ?? '' }, 'runtime found'),
    () => undefined, // keeps the threads from starting, and is told there
  );
}

function poolListener({ log, readiness, metrics, fail }: PoolContext): PoolListener {
  return {
    onRestart(cause) {
      metrics.workerRestarted();
      log.warn({ err: cause }, 'worker replaced');
    },
    onStartFailed(error) {
      log.error({ err: error }, 'worker cannot start');
      readiness.fail('workers', error.message); // a failed self-test, too: the start that passes it makes all well again
    },
    onAbandoned(count) {
      if (count === 0) return; // onChange says that all is well again
      const error = new ServiceError('ERR_JOB_TIMEOUT', `Cannot end ${count} worker threads as native code holds them`);
      log.error({ count }, error.message);
      readiness.fail('workers', error.message);
      if (count >= MAX_ABANDONED) fail({ error, hangs: true });
    },
    onWarning: (error) => log.warn({ err: error }, error.message),
    onChange(status) {
      const well = status.failed === 0 && status.starting === 0 && status.abandoned === 0;
      if (well) readiness.fulfil('workers');
    },
  };
}
