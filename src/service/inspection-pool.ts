/** Model and runtime → a pool that is ready, with its restarts, its self-tests and its hanging threads watched. */

import { crossCheckContours } from '../pool/one-shots.js';
import type { Pool, PoolListener } from '../pool/pool.js';
import { ServiceError } from '../std/errors.js';
import type { ServiceContext } from './context.js';
import type { Plan } from './prepare.js';
import { type SelfTestTimer, startSelfTestTimer } from './self-test-timer.js';
import { startWorkerThreads } from './worker-threads.js';

export interface InspectionPool {
  readonly pool: Pool;
  /** Model, device and precision in words. */
  readonly description: string;
  /** Resolves to the number of threads that native code still holds. */
  close(): Promise<number>;
}

/** So many hanging threads, and the process ends itself for its supervisor to restart. */
const MAX_ABANDONED = 2;

/** @throws {ServiceError} of a set-up code */
export async function openInspectionPool(context: ServiceContext, plan: Plan): Promise<InspectionPool> {
  const { config, parts, log, readiness, metrics } = context;
  tell(plan, context);
  const listener = poolListener(context);
  const { pool, compiled, enableLatencyMode } = await startWorkerThreads(
    plan.setup,
    {
      count: config.workers.count,
      jobTimeoutMs: config.limits.jobTimeoutMs,
      random: parts.random,
      allowed: plan.probed,
    },
    listener,
  );
  metrics.selfTested(true);
  readiness.fulfil('self-test');
  readiness.fulfil('workers');
  readiness.fulfil('model');

  const { name, version } = plan.setup.model;
  const { deviceName: device, precision, engineVersion: runtime } = compiled;
  metrics.modelLoaded({ name, version, device, precision, engine: plan.setup.engine.name, runtime });
  log.info({ model: name, version, device, precision, runtime, workers: config.workers.count }, 'workers are ready');
  if (precision !== 'f32') log.warn({ precision }, 'results differ from those in f32, and between machines');

  const closing = new AbortController();
  let selfTests: SelfTestTimer | undefined;
  /** What a ready service does behind its back; the self-test then covers the second compilation as well. */
  async function settleIn(): Promise<void> {
    await readiness.firstReady;
    await enableLatencyMode().catch((error: unknown) => {
      if (closing.signal.aborted) return;
      log.warn({ err: error }, 'latency mode is unavailable: pictures are inferred in throughput mode');
    });
    if (closing.signal.aborted) return;
    selfTests = startSelfTestTimer(
      {
        async selfTest() {
          const counted = await pool.selfTest();
          if (counted === undefined) return;
          await crossCheckContours(counted, { signal: closing.signal });
          log.debug({ contours: counted.masks[0]?.contours }, 'OpenCV counts the same in the self-test picture');
        },
        onResult(error) {
          metrics.selfTested(error === undefined);
          if (error === undefined) readiness.fulfil('self-test');
          else readiness.fail('self-test', error.message);
        },
      },
      {
        intervalSeconds: config.model.selfTestIntervalSeconds,
        // To become ready every worker has passed it; what OpenCV says to the count is not waited for.
        isFirstDue: plan.setup.model.selfTest !== undefined,
      },
    );
  }
  void settleIn();
  return {
    pool,
    description: `${name}@${version} on ${device}, ${precision}`,
    close() {
      selfTests?.stop();
      closing.abort();
      return pool.close();
    },
  };
}

function tell({ model, runtime, probed, setup }: Plan, { log }: ServiceContext): void {
  for (const warning of model.warnings) log.warn({}, warning);
  log.info({ path: model.spec.path, origin: model.origin, sha256: model.digest }, 'model found');
  log.info({ jpeg: setup.turbojpeg ?? 'sharp' }, 'codecs chosen');
  const engine = setup.engine.name;
  const { kind: place, path } = runtime ?? { kind: 'plugged in', path: '' };
  void probed.then(
    (report) => log.info({ engine, place, path, version: report?.version ?? '' }, 'runtime found'),
    () => undefined, // keeps the threads from starting, and is told there
  );
}

function poolListener({ log, readiness, metrics, fail }: ServiceContext): PoolListener {
  return {
    onRestart(cause) {
      metrics.workerRestarted();
      log.warn({ err: cause }, 'worker replaced');
    },
    onStartFailed(error) {
      log.error({ err: error }, 'worker cannot start');
      readiness.fail('workers', error.message); // also of a self-test: the start that passes it makes all well again
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
