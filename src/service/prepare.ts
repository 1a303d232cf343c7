/** Configuration → everything a worker must know: model found, runtime found and tried, codecs chosen. Nothing is compiled. */
import type { Config } from '../config/config.js';
import { findTurbojpeg } from '../imaging/find-turbojpeg.js';
import { chooseEngine } from '../inference/create-engine.js';
import type { CompileOptions, EngineChoice } from '../inference/engine.js';
import { thisHost } from '../inference/host.js';
import type { Place } from '../inference/places.js';
import { probeRuntime, type RuntimeReport } from '../inference/probe.js';
import { findRuntime, placeFor } from '../inference/runtime.js';
import { type LoadedModel, loadModel } from '../model/load-model.js';
import { packageRoot } from '../package-root.js';
import type { WorkerSetup } from '../worker/protocol.js';

export interface PrepareOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** A fake engine, for tests: nothing is searched or tried then. */
  readonly engine?: EngineChoice;
}

export interface Prepared {
  readonly setup: WorkerSetup;
  readonly model: LoadedModel;
  /** Where the runtime was taken from; undefined for a plugged-in engine. */
  readonly runtime: Place | undefined;
  readonly probe: RuntimeReport | undefined;
}

/** A library that gives no sign of life for so long is taken for broken. */
const PROBE_TIMEOUT_MS = 30_000;

/** @throws {ServiceError} ERR_MODEL_LOAD, ERR_RUNTIME_MISSING, ERR_RUNTIME_LOAD */
export async function prepareWorkers(config: Config, options: PrepareOptions): Promise<Prepared> {
  const { path, device: _device, precision: _precision, selfTestIntervalSeconds: _interval, ...hints } = config.model;
  const model = await loadModel({
    cwd: options.cwd,
    packageRoot,
    ...(path === undefined ? {} : { path }),
    hints,
  });
  const { choice, runtime, probe } = options.engine
    ? { choice: options.engine, runtime: undefined, probe: undefined }
    : await takeRuntime(config, options.env);
  const turbojpeg = findTurbojpeg();
  const { timestampField } = config.source;
  const setup: WorkerSetup = {
    engine: choice,
    ...compilations(config, model),
    model: model.spec,
    rules: config.rules,
    imageField: config.payload.imageField,
    copyFields: config.result.copyFields,
    encoding: config.result.encoding,
    maxPayloadBytes: config.limits.maxPayloadBytes,
    maxPixels: config.limits.maxPixels,
    libvips: new SharedArrayBuffer(4),
    ...(turbojpeg === undefined ? {} : { turbojpeg }),
    ...(timestampField === undefined ? {} : { timestampField }),
  };
  return { setup, model, runtime, probe };
}

function compilations(config: Config, { spec }: LoadedModel): Pick<WorkerSetup, 'compile' | 'compileWide'> {
  const { device, precision } = config.model;
  const { streams, pinning, wide } = config.workers;
  const { inputSize, output } = spec.contract ?? {};
  const compile: CompileOptions = {
    device,
    precision,
    streams,
    pinning,
    ...(inputSize === undefined ? {} : { inputSize }),
    ...(output === undefined ? {} : { output }),
  };
  return wide && streams > 1 ? { compile, compileWide: { ...compile, streams: 1, threads: streams } } : { compile };
}

async function takeRuntime(config: Config, env: NodeJS.ProcessEnv) {
  const { dir } = config.openvino;
  const search = findRuntime({
    packageRoot,
    env,
    host: thisHost(),
    extent: 'first',
    ...(dir === undefined ? {} : { dir }),
  });
  const choice = chooseEngine(config.engine, search);
  const probe = await probeRuntime(choice, { timeoutMs: PROBE_TIMEOUT_MS });
  return { choice, probe, runtime: placeFor(config.engine, search) };
}
