/** Configuration → everything a worker must know: models found, runtime found and tried, codecs chosen. Nothing is compiled. */
import type { ModelEntry } from '../catalogue/catalogue.js';
import type { Config } from '../config/config.js';
import { DEFAULT_ID } from '../domain/rule.js';
import type { CompileOptions, EngineChoice } from '../engine/engine.js';
import { thisHost } from '../engine/host.js';
import { type Probe, type RuntimeReport, startProbe } from '../engine/probe.js';
import { findTurbojpeg } from '../imaging/find-turbojpeg.js';
import { type LoadedModel, loadModel } from '../model/load-model.js';
import { chooseEngine, findRuntime, placeFor } from '../setup/find-runtime.js';
import type { Place } from '../setup/runtime-locations.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';
import { packageRoot } from '../std/package-root.js';
import { cameraFieldOf } from '../topics/camera-name.js';
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

/** A model of the catalogue that was found. */
export interface PreparedModel {
  readonly entry: ModelEntry;
  readonly model: LoadedModel;
  readonly setup: WorkerSetup;
}

/** What all models have in common. */
export interface Workplace {
  readonly engine: EngineChoice;
  /** Where the runtime was taken from; undefined for a plugged-in engine. */
  readonly runtime: Place | undefined;
  /** Absolute path of libturbojpeg, if it is there. */
  readonly turbojpeg: string | undefined;
  /** CodecOptions.libvips: the same memory in every worker. */
  readonly libvips: SharedArrayBuffer;
}

export interface Plan extends Workplace {
  /** In the order of the catalogue. */
  readonly models: readonly PreparedModel[];
  /** Of the runtime, in a child process: nothing may load it here before. Rejects with ERR_RUNTIME_LOAD. */
  readonly probed: Promise<RuntimeReport | undefined>;
}

/** With the first model at hand, for commands that look at one. */
export interface Prepared extends Omit<Plan, 'probed'>, PreparedModel {
  readonly probe: RuntimeReport | undefined;
}

/** A library that gives no sign of life for this long is considered broken. */
const PROBE_TIMEOUT_MS = 30_000;

/** @throws {ServiceError} ERR_RUNTIME_MISSING, ERR_MODEL_LOAD, ERR_RUNTIME_LOAD; ERR_CONFIG when there is no model */
export async function prepareWorkers(config: Config, options: PrepareOptions): Promise<Prepared> {
  const { probed, ...plan } = await planWorkers(config, options);
  const probe = await probed;
  const [first] = plan.models;
  if (first === undefined) {
    throw new ServiceError(
      'ERR_CONFIG',
      'Cannot look at a model as model.path must be given beside rest.enabled: it is not',
    );
  }
  return { ...plan, ...first, probe };
}

/**
 * As prepareWorkers, without waiting for the probe, which begins at once: a child process takes its time to start.
 * @throws {ServiceError} ERR_RUNTIME_MISSING, ERR_MODEL_LOAD; no probe goes on then
 */
export async function planWorkers(config: Config, options: PrepareOptions): Promise<Plan> {
  const { probed, ...found } = options.engine
    ? { engine: options.engine, runtime: undefined, probed: Promise.resolve(undefined) }
    : takeRuntime(config, options);
  const ended = probed.catch(() => undefined);
  const workplace = { ...found, turbojpeg: findTurbojpeg(), libvips: new SharedArrayBuffer(4) };
  try {
    const models = await Promise.all(
      config.models.map((entry) => prepareModel(entry, { config, workplace, cwd: options.cwd })),
    );
    return { ...workplace, models, probed };
  } catch (error) {
    await ended;
    throw error;
  }
}

export interface PrepareModelOptions {
  readonly config: Config;
  readonly workplace: Workplace;
  readonly cwd: string;
  /** Names this version of the model among all that workers hold; absent: its id. */
  readonly key?: string;
}

/** @throws {ServiceError} ERR_MODEL_LOAD, ERR_MODEL_CONTRACT */
export async function prepareModel(
  entry: ModelEntry,
  { config, workplace, cwd, key = entry.id }: PrepareModelOptions,
): Promise<PreparedModel> {
  const model = await loadModel({ cwd, packageRoot, ...defined({ path: entry.path }), settings: entry.settings });
  const { timestampField } = config.source;
  const { engine, libvips, turbojpeg } = workplace;
  const setup = {
    key,
    engine,
    ...compilations(entry, config.workers, model),
    // Results name the model: by the id that it was given here, else as its files call it.
    model: entry.id === DEFAULT_ID ? model.spec : { ...model.spec, name: entry.id },
    rules: config.rules.filter((rule) => rule.model === entry.id),
    imageField: config.payload.imageField,
    copyFields: config.result.copyFields,
    encoding: config.result.encoding,
    maxPayloadBytes: config.limits.maxPayloadBytes,
    maxPixels: config.limits.maxPixels,
    libvips,
    ...defined({ turbojpeg, timestampField, cameraField: cameraFieldOf(config.cameras.by) }),
  };
  return { entry, model, setup };
}

function compilations(
  { device, precision }: ModelEntry,
  { streams, pinning, wide }: Config['workers'],
  { spec }: LoadedModel,
): Pick<WorkerSetup, 'compile' | 'compileLatency'> {
  const { inputSize, output } = spec.settings ?? {};
  const compile: CompileOptions = { device, precision, streams, pinning, ...defined({ inputSize, output }) };
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
  const engine = chooseEngine(config.engine, search);
  const probed = (probe ?? startProbe()).try(engine, {
    timeoutMs: PROBE_TIMEOUT_MS * config.limits.startTimeoutFactor,
  });
  return { engine, probed, runtime: placeFor(config.engine, search) };
}
