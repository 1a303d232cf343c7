/** The child process of probe.ts: whatever the library does, it does it here. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceError, toServiceError, toWire } from '../std/errors.js';
import { createEngine, loadEngine } from './create-engine.js';
import type { CompileOptions, Engine } from './engine.js';
import type { ModelReport, ProbeReply, ProbeRequest } from './probe.js';

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

// The smallest model that shows that a runtime reads, compiles and computes: (blue + 2 green + 4 red) / 2048 at every
// pixel, powers of two so that it is exact. Its files are written to a folder when they are needed.

const WEIGHTS = [1 / 2048, 2 / 2048, 4 / 2048];
/** What it answers when every input number is 1. */
const PROBE_ANSWER = 7 / 2048;

const picture = '<dim>1</dim><dim>3</dim><dim>8</dim><dim>8</dim>';
const map = '<dim>1</dim><dim>1</dim><dim>8</dim><dim>8</dim>';
const weights = '<dim>1</dim><dim>3</dim><dim>1</dim><dim>1</dim>';

const XML = `<?xml version="1.0"?>
<net name="probe" version="11">
<layers>
<layer id="0" name="image" type="Parameter" version="opset1"><data shape="1,3,8,8" element_type="f32"/>
<output><port id="0" precision="FP32" names="image">${picture}</port></output></layer>
<layer id="1" name="weights" type="Const" version="opset1"><data element_type="f32" shape="1,3,1,1" offset="0" size="12"/>
<output><port id="0" precision="FP32">${weights}</port></output></layer>
<layer id="2" name="mask" type="Convolution" version="opset1">
<data strides="1,1" dilations="1,1" pads_begin="0,0" pads_end="0,0" auto_pad="explicit"/>
<input><port id="0" precision="FP32">${picture}</port><port id="1" precision="FP32">${weights}</port></input>
<output><port id="2" precision="FP32" names="mask">${map}</port></output></layer>
<layer id="3" name="result" type="Result" version="opset1"><input><port id="0" precision="FP32">${map}</port></input></layer>
</layers>
<edges>
<edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
<edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
<edge from-layer="2" from-port="2" to-layer="3" to-port="0"/>
</edges>
</net>
`;

/** Writes it into a folder; gives the path of its .xml. */
function writeProbeModel(folder: string): string {
  const path = join(folder, 'probe.xml');
  writeFileSync(path, XML);
  writeFileSync(join(folder, 'probe.bin'), new Uint8Array(Float32Array.from(WEIGHTS).buffer));
  return path;
}
