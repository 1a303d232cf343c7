/** The child process of probe.ts: whatever the library does, it does it here. */
import { ServiceError, toServiceError } from '../std/errors.js';
import { toWire } from '../std/wire-error.js';
import { createEngine, loadEngine } from './create-engine.js';
import type { CompileOptions, Engine } from './engine.js';
import type { ModelReport, ProbeReply, ProbeRequest } from './probe.js';
import { PROBE_ANSWER, writeProbeModel } from './probe-model.js';

const TINY: CompileOptions = { device: 'CPU', precision: 'f32', streams: 1 };

void loadEngine({ name: 'openvino-capi' }); // most likely

process.once('message', (request: ProbeRequest) => {
  void answer(request);
});

async function answer({ choice, model, folder }: ProbeRequest): Promise<void> {
  try {
    const engine = await createEngine(choice);
    compute(engine, folder);
    reply({ type: 'runtime', report: { version: engine.version, devices: engine.devices() } });
    if (model !== undefined) reply({ type: 'model', report: tryModel(engine, model.path, model.compile) });
    engine.close();
  } catch (error) {
    reply({ type: 'failed', error: toWire(toServiceError(error, 'ERR_RUNTIME_LOAD')) });
  }
  process.disconnect();
}

/** @throws {ServiceError} ERR_RUNTIME_LOAD when it cannot run the smallest model, or runs it wrongly */
function compute(engine: Engine, folder: string): void {
  try {
    const model = engine.compile(writeProbeModel(folder), TINY);
    const request = model.createInferRequest();
    request.input.fill(1);
    request.infer();
    const wrong = request.outputs[0]?.find((value) => value !== PROBE_ANSWER);
    request.close();
    model.close();
    if (wrong !== undefined) {
      throw new ServiceError(
        'ERR_RUNTIME_LOAD',
        `Cannot use the runtime as it must compute ${PROBE_ANSWER}: it says ${wrong}`,
      );
    }
  } catch (error) {
    const { message } = toServiceError(error, 'ERR_RUNTIME_LOAD');
    throw new ServiceError('ERR_RUNTIME_LOAD', message, { cause: error });
  }
}

function tryModel(engine: Engine, path: string, options: CompileOptions): ModelReport {
  const startMs = performance.now();
  const model = engine.compile(path, options);
  const compiledMs = performance.now();
  const request = model.createInferRequest();
  request.infer();
  const inferredMs = performance.now();
  const { input, outputs, deviceName, precision } = model;
  request.close();
  model.close();
  return {
    input,
    outputs,
    deviceName,
    precision,
    compileMs: compiledMs - startMs,
    firstInferMs: inferredMs - compiledMs,
  };
}

function reply(message: ProbeReply): void {
  process.send?.(message);
}
