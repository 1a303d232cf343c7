/** Configuration → everything a worker must know: model found, runtime found and tried, codecs chosen. Nothing is compiled. */

import type { Config } from '../config/config.js';
import type { CompileOptions, EngineChoice } from '../engine/engine.js';
import { thisHost } from '../engine/host.js';
import { type Probe, type RuntimeReport, startProbe } from '../engine/probe.js';
import { findTurbojpeg } from '../imaging/find-turbojpeg.js';
import { type LoadedModel, loadModel } from '../model/load-model.js';
import { chooseEngine, findRuntime, placeFor } from '../setup/find-runtime.js';
import type { Place } from '../setup/runtime-locations.js';
import { defined } from '../std/defined.js';
import { packageRoot } from '../std/package-root.js';
import type { WorkerSetup } from '../worker/protocol/worker.js';

export interface PrepareOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** A fake engine, for tests: nothing is searched or tried then. */
  readonly engine?: EngineChoice;
  /** Started already; absent: started when it is known what to try. */
  readonly probe?: Probe;
}

interface Found {
  readonly setup: WorkerSetup;
  readonly model: LoadedModel;
  /** Where the runtime was taken from; undefined for a plugged-in engine. */
  readonly runtime: Place | undefined;
}

export interface Prepared extends Found {
  readonly probe: RuntimeReport | undefined;
}

export interface Plan extends Found {
  /** Of the runtime, in a child process: nothing may load it here before. Rejects with ERR_RUNTIME_LOAD. */
  readonly probed: Promise<RuntimeReport | undefined>;
}

/** A library that gives no sign of life for so long is taken for broken. */
const PROBE_TIMEOUT_MS = 30_000;

/** @throws {ServiceError} ERR_RUNTIME_MISSING, ERR_MODEL_LOAD, ERR_RUNTIME_LOAD */
export async function prepareWorkers(config: Config, options: PrepareOptions): Promise<Prepared> {
  const { probed, ...found } = await planWorkers(config, options);
  return { ...found, probe: await probed };
}

/**
 * As prepareWorkers, without waiting for the probe, which begins at once: a child process takes its time to start.
 * @throws {ServiceError} ERR_RUNTIME_MISSING, ERR_MODEL_LOAD; no probe goes on then
 */
export async function planWorkers(config: Config, options: PrepareOptions): Promise<Plan> {
  const { choice, runtime, probed } = options.engine
    ? { choice: options.engine, runtime: undefined, probed: Promise.resolve(undefined) }
    : takeRuntime(config, options);
  const ended = probed.catch(() => undefined);
  try {
    const model = await findModel(config, options);
    return { setup: setUp(config, choice, model), model, runtime, probed };
  } catch (error) {
    await ended;
    throw error;
  }
}

function findModel(config: Config, { cwd }: PrepareOptions): Promise<LoadedModel> {
  const {
    path,
    device: _device,
    precision: _precision,
    selfTestIntervalSeconds: _interval,
    ...settings
  } = config.model;
  return loadModel({ cwd, packageRoot, ...defined({ path }), settings });
}

function setUp(config: Config, engine: EngineChoice, model: LoadedModel): WorkerSetup {
  const turbojpeg = findTurbojpeg();
  const { timestampField } = config.source;
  return {
    engine,
    ...compilations(config, model),
    model: model.spec,
    rules: config.rules,
    imageField: config.payload.imageField,
    copyFields: config.result.copyFields,
    encoding: config.result.encoding,
    maxPayloadBytes: config.limits.maxPayloadBytes,
    maxPixels: config.limits.maxPixels,
    libvips: new SharedArrayBuffer(4),
    ...defined({ turbojpeg, timestampField }),
  };
}

function compilations(config: Config, { spec }: LoadedModel): Pick<WorkerSetup, 'compile' | 'compileLatency'> {
  const { device, precision } = config.model;
  const { streams, pinning, wide } = config.workers;
  const { inputSize, output } = spec.settings ?? {};
  const compile: CompileOptions = {
    device,
    precision,
    streams,
    pinning,
    ...defined({ inputSize, output }),
  };
  return wide && streams > 1 ? { compile, compileLatency: { ...compile, streams: 1, threads: streams } } : { compile };
}

function takeRuntime(config: Config, { env, probe }: PrepareOptions) {
  const { dir } = config.openvino;
  const search = findRuntime({
    packageRoot,
    env,
    host: thisHost(),
    extent: 'first',
    ...defined({ dir }),
  });
  const choice = chooseEngine(config.engine, search);
  const probed = (probe ?? startProbe()).try(choice, { timeoutMs: PROBE_TIMEOUT_MS });
  return { choice, probed, runtime: placeFor(config.engine, search) };
}
