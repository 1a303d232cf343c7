/** Model and runtime → a pool that is ready, with its restarts, its self-tests and its hanging threads watched. */
import { ServiceError, toServiceError } from '../errors.js';
import type { Pool } from '../pool/pool.js';
import type { ServiceContext } from './context.js';
import type { Prepared } from './prepare.js';
import { startSelfTestTimer } from './self-test-timer.js';
import { startWorkerThreads, type WorkerThreadsListener } from './worker-threads.js';

export interface InspectionPool {
  readonly pool: Pool;
  /** `name@version`. */
  readonly model: string;
  /** Model, device and precision in words. */
  readonly description: string;
  /** Resolves to the number of threads that native code still holds. */
  close(): Promise<number>;
}

/** So many hanging threads, and the process ends itself for its supervisor to restart. */
const MAX_ABANDONED = 2;

/** @throws {ServiceError} of a set-up code */
export async function openInspectionPool(context: ServiceContext, prepared: Prepared): Promise<InspectionPool> {
  const { config, parts, log, readiness, metrics } = context;
  tell(prepared, context);
  const { pool, compiled } = await startWorkerThreads(
    prepared.setup,
    { count: config.workers.count, jobTimeoutMs: config.limits.jobTimeoutMs, random: parts.random },
    poolListener(context),
  );
  metrics.selfTested(true);
  readiness.fulfil('self-test');
  readiness.fulfil('workers');
  readiness.fulfil('model');

  const { name, version } = prepared.setup.model;
  const { deviceName: device, precision, engineVersion: runtime } = compiled;
  metrics.modelLoaded({ name, version, device, precision, engine: prepared.setup.engine.name, runtime });
  log.info({ model: name, version, device, precision, runtime, workers: config.workers.count }, 'workers are ready');
  if (precision !== 'f32') log.warn({ precision }, 'results differ from those in f32, and between machines');

  const selfTests = startSelfTestTimer(
    {
      selfTest: () => pool.selfTest(),
      onResult(error) {
        metrics.selfTested(error === undefined);
        if (error === undefined) readiness.fulfil('self-test');
        else readiness.fail('self-test', error.message);
      },
    },
    config.model.selfTestIntervalSeconds,
  );
  return {
    pool,
    model: `${name}@${version}`,
    description: `${name}@${version} on ${device}, ${precision}`,
    close() {
      selfTests.stop();
      return pool.close();
    },
  };
}

function tell({ model, runtime, probe, setup }: Prepared, { log }: ServiceContext): void {
  for (const warning of model.warnings) log.warn({}, warning);
  log.info({ path: model.spec.path, origin: model.origin, sha256: model.digest }, 'model found');
  log.info(
    {
      engine: setup.engine.name,
      place: runtime?.kind ?? 'plugged in',
      path: runtime?.path ?? '',
      version: probe?.version ?? '',
    },
    'runtime found',
  );
  log.info({ jpeg: setup.turbojpeg ?? 'sharp' }, 'codecs chosen');
}

function poolListener({ log, readiness, metrics, fail }: ServiceContext): WorkerThreadsListener {
  return {
    onRestart(cause) {
      metrics.workerRestarted();
      log.warn({ err: cause }, 'worker replaced');
    },
    onStartFailed(error) {
      log.error({ err: error }, 'worker cannot start');
      const condition = toServiceError(error, 'ERR_MODEL_LOAD').code === 'ERR_SELF_TEST' ? 'self-test' : 'workers';
      readiness.fail(condition, error.message);
    },
    onAbandoned(count) {
      if (count === 0) return; // onChange says that all is well again
      const error = new ServiceError('ERR_JOB_TIMEOUT', `Cannot end ${count} worker threads as native code holds them`);
      log.error({ count }, error.message);
      readiness.fail('workers', error.message);
      if (count >= MAX_ABANDONED) fail({ error, hangs: true });
    },
    onContoursLost: (cause) => log.warn({ err: cause }, 'contours thread lost: each worker counts by itself now'),
    onChange(status) {
      const well = status.failed === 0 && status.starting === 0 && status.abandoned === 0;
      if (well) readiness.fulfil('workers');
    },
  };
}
