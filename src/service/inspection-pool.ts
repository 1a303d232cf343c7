/** Models and runtime → a pool that is ready, with its restarts, its self-tests and its hanging threads watched. */
import type { ModelEntry } from '../catalogue/catalogue.js';
import { crossCheckContours } from '../pool/one-shots.js';
import type { Pool, PoolListener } from '../pool/pool.js';
import { type SelfTestTimer, startSelfTestTimer } from '../pool/self-test-timer.js';
import { type StartedPool, startPool } from '../pool/start-pool.js';
import { ServiceError } from '../std/errors.js';
import type { Compiled } from '../worker/protocol/one-shot.js';
import type { ServiceContext } from './context.js';
import type { Plan, PreparedModel } from './prepare.js';
import { createSharedCondition } from './shared-condition.js';

export interface InspectionPool {
  readonly pool: Pool;
  /** Each model with device and precision, in words. */
  readonly description: string;
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
  const started = await startPool(
    plan.models.map(({ setup }) => setup),
    {
      engine: plan.engine,
      count: config.workers.count,
      jobTimeoutMs: config.limits.jobTimeoutMs,
      startTimeoutFactor: config.limits.startTimeoutFactor,
      random: parts.random,
      allowed: plan.probed,
    },
    poolListener(context),
  );
  const descriptions = plan.models.map((model) => modelReady(context, model, started.compiled.get(model.setup.key)));
  readiness.fulfil('workers');
  readiness.fulfil('model');

  const closing = new AbortController();
  const selfTests = createSelfTests(context, started, plan.models);
  void readiness.firstReady.then(async () => {
    for (const { setup } of plan.models) await enableLatencyMode(started, setup.key, { log, signal: closing.signal });
    if (!closing.signal.aborted) selfTests.start(closing.signal); // it covers the second compilation as well
  });
  return {
    pool: started.pool,
    description: descriptions.join('; '),
    close() {
      closing.abort();
      selfTests.stop();
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
  metrics.modelLoaded({ model: entry.id, name, version, device, precision, engine: setup.engine.name, runtime });
  metrics.selfTested(true);
  const workers = config.workers.count;
  log.info({ id: entry.id, model: name, version, device, precision, runtime, workers }, 'workers are ready');
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

async function enableLatencyMode(
  { pool, enableLatencyMode: enable }: StartedPool,
  key: string,
  { log, signal }: Pick<PoolContext, 'log'> & { readonly signal: AbortSignal },
): Promise<void> {
  const handle = (await pool.models()).find(({ setup }) => setup.key === key);
  if (signal.aborted || handle === undefined) return;
  await enable(handle).catch((error: unknown) => {
    if (signal.aborted) return;
    log.warn({ err: error }, 'latency mode is unavailable: pictures are inferred in throughput mode');
  });
}

interface SelfTests {
  /** @param signal aborts when nobody waits for a result any more */
  start(signal: AbortSignal): void;
  stop(): void;
}

/** The self-test of each model, again and again. Readiness and metrics are green when the last ones of all have passed. */
function createSelfTests(context: PoolContext, { pool }: StartedPool, models: readonly PreparedModel[]): SelfTests {
  const { config, log, metrics, readiness } = context;
  const failing = new Set<string>();
  let timers: SelfTestTimer[] = [];
  const condition = createSharedCondition(readiness, 'self-test', []);
  for (const { entry } of models) condition.report(entry.id, undefined); // each worker has passed it to become ready

  function report({ id }: ModelEntry, error: Error | undefined): void {
    if (error === undefined) failing.delete(id);
    else failing.add(id);
    metrics.selfTested(failing.size === 0);
    condition.report(id, error?.message);
  }

  return {
    start(signal) {
      timers = models.map(({ entry, setup }) =>
        startSelfTestTimer(
          {
            async selfTest() {
              const counted = await pool.selfTest(setup.key);
              if (counted === undefined) return;
              await crossCheckContours(counted, { signal, timeoutFactor: config.limits.startTimeoutFactor });
              const contours = counted.masks[0]?.contours;
              log.debug({ id: entry.id, contours }, 'OpenCV counts the same in the self-test picture');
            },
            onResult: (error) => report(entry, error),
          },
          {
            intervalSeconds: entry.selfTestIntervalSeconds,
            // To become ready every worker has passed it; what OpenCV says to the count is not waited for.
            isFirstDue: setup.model.selfTest !== undefined,
          },
        ),
      );
    },
    stop() {
      for (const timer of timers) timer.stop();
    },
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
