/** What every engine must do, in one suite; a real engine and the fake are told apart by nothing in here. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createEngine } from '../../src/engine/create-engine.js';
import type { CompiledModel, CompileOptions, Engine, EngineChoice } from '../../src/engine/engine.js';
import { returnLargeBuffers } from '../../src/std/libc.js';
import { type PictureModelOptions, twoInputs, WEIGHTS, weightedSum, writeIr } from '../support/engine/ir.js';
import { collectGarbage, footprint, inThread, isError } from './engine-support.js';

const CPU: CompileOptions = { device: 'CPU', precision: 'f32', streams: 2 };
const [BLUE, GREEN, RED] = WEIGHTS;

/** `choice` is the engine, or the reason why it is not here. */
export function engineContract(name: string, choice: EngineChoice | string): void {
  if (typeof choice === 'string') {
    it(`engine ${name}`, { skip: choice }, () => {});
    return;
  }
  describe(`engine ${name}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'flawline-engine-'));
    let engine: Engine;
    const opened: CompiledModel[] = [];
    const compile = (path: string): CompiledModel => {
      const model = engine.compile(path, CPU);
      opened.push(model);
      return model;
    };
    const pictureModel = (options: PictureModelOptions = {}): string =>
      writeIr(root, `model-${Object.values(options).join('-')}`, weightedSum(options));

    before(async () => {
      engine = await createEngine(choice);
    });
    after(() => {
      for (const model of opened) model.close();
      engine.close();
      rmSync(root, { recursive: true });
    });

    it('devices() has the CPU', () => {
      assert.ok(engine.devices().includes('CPU'));
    });

    it('compile() describes input, output, device and precision', () => {
      const model = compile(pictureModel());
      assert.deepEqual([model.input.elementType, model.input.shape], ['u8', [1, 3, 4, 6]]);
      assert.deepEqual(model.outputs, [{ name: 'mask', elementType: 'f32', shape: [1, 1, 4, 6] }]);
      assert.deepEqual([model.deviceName, model.precision], ['CPU', 'f32']);
    });

    const variants: PictureModelOptions[] = [
      { elementType: 'u8', layout: 'NCHW' },
      { elementType: 'f32', layout: 'NCHW' },
      { elementType: 'u8', layout: 'NHWC' },
      { elementType: 'f32', layout: 'NHWC' },
      { batch: -1 },
      // What OpenVINO's C API cannot be handed, or what has no array of its own here, is converted in the graph.
      { elementType: 'f16', outputType: 'f16' },
      { elementType: 'f64', outputType: 'f64' },
      { elementType: 'i32' },
      { elementType: 'f16', layout: 'NHWC', batch: -1 },
    ];
    for (const options of variants) {
      it(`infer() computes what the model says for ${JSON.stringify(options)}`, () => {
        const request = compile(pictureModel(options)).createInferRequest();
        const picture = Array.from({ length: 24 }, (_, i) => [i * 10, 255 - i, i * 7]);
        const channels = [0, 1, 2].map((channel) => picture.map((pixel) => pixel[channel] ?? 0));
        request.input.set(options.layout === 'NHWC' ? picture.flat() : channels.flat());
        request.infer();
        const expected = picture.map(([b = 0, g = 0, r = 0]) => b * BLUE + g * GREEN + r * RED);
        assert.deepEqual([...(request.outputs[0] ?? [])], expected);
        request.close();
      });
    }

    it('infer() gives 0 and 1 for an output of booleans', () => {
      const model = compile(pictureModel({ outputType: 'boolean' }));
      assert.deepEqual(model.outputs, [{ name: 'mask', elementType: 'u8', shape: [1, 1, 4, 6] }]);
      const request = model.createInferRequest();
      request.input[3] = 1;
      request.infer();
      assert.deepEqual([...(request.outputs[0] ?? [])], [0, 0, 0, 1, ...Array(20).fill(0)]);
      request.close();
    });

    it('infer() gives every channel of an output', () => {
      const request = compile(pictureModel({ classes: 2 })).createInferRequest();
      request.input.fill(100);
      request.infer();
      assert.deepEqual([...(request.outputs[0] ?? [])], Array(48).fill(700 / 2048));
      request.close();
    });

    it('compile() takes height and width from inputSize where the model leaves them open', () => {
      const model = engine.compile(pictureModel({ height: -1, width: -1 }), {
        ...CPU,
        inputSize: { width: 8, height: 5 },
      });
      opened.push(model);
      assert.deepEqual(
        [model.input.shape, model.outputs[0]?.shape],
        [
          [1, 3, 5, 8],
          [1, 1, 5, 8],
        ],
      );
    });

    it('compile() calls an output by any of its names that is asked for', () => {
      const path = pictureModel({ outputName: 'mask,second' });
      for (const output of ['mask', 'second']) {
        const model = engine.compile(path, { ...CPU, output });
        opened.push(model);
        assert.deepEqual(
          model.outputs.map(({ name }) => name),
          [output],
        );
      }
    });

    it('infer() answers equally to equal inputs and writes into the same buffers', () => {
      const request = compile(pictureModel()).createInferRequest();
      const { input, outputs } = request;
      const answers = [200, 100, 200].map((fill) => {
        request.input.fill(fill);
        request.infer();
        return outputs[0]?.[5];
      });
      assert.deepEqual(answers, [(200 * 7) / 2048, (100 * 7) / 2048, (200 * 7) / 2048]);
      assert.equal(request.input, input);
      assert.equal(request.outputs[0], outputs[0]);
      request.close();
    });

    // Native code writes to where a buffer is, and does not keep it alive: it must live as long as `infer` can be called.
    it('buffers outlive a garbage collection while only infer() is held', async () => {
      const open = () => {
        const { infer, input, outputs } = compile(pictureModel()).createInferRequest();
        return { infer, buffers: [input, ...outputs].map((data) => new WeakRef(data)) };
      };
      const { infer, buffers } = open();
      await collectGarbage();
      assert.ok(buffers.every((buffer) => buffer.deref() !== undefined));
      infer();
    });

    it('two requests of one model do not share their buffers', () => {
      const model = compile(pictureModel());
      const [first, second] = [model.createInferRequest(), model.createInferRequest()];
      first.input.fill(10);
      second.input.fill(20);
      first.infer();
      second.infer();
      assert.deepEqual([first.outputs[0]?.[0], second.outputs[0]?.[0]], [70 / 2048, 140 / 2048]);
      first.close();
      second.close();
    });

    it('three threads at once get their own answers from one model', async () => {
      const modelPath = pictureModel({ height: 32, width: 32 });
      const { shared } = compile(modelPath);
      const fillsOf = (thread: number) => Array.from({ length: 60 }, (_, i) => (thread * 60 + i) % 256);
      const answers = await Promise.all(
        [0, 1, 2].map((thread) => inThread({ choice, modelPath, compile: CPU, shared, fills: fillsOf(thread) })),
      );
      const expected = [0, 1, 2].map((thread) => fillsOf(thread).map((fill) => (fill * 7) / 2048));
      assert.deepEqual(answers, expected);
    });

    const onAllThreads: CompileOptions = { ...CPU, streams: 1, threads: 2 };

    it('infer() gives the same by a second compilation, over the same buffers, while there is one and after', () => {
      const second = engine.compile(pictureModel(), onAllThreads);
      opened.push(second);
      const request = compile(pictureModel()).createInferRequest();
      const answerOf = (fill: number, mode?: 'latency') => {
        request.input.fill(fill);
        request.infer(mode);
        return request.outputs[0]?.[0];
      };
      assert.equal(answerOf(5, 'latency'), 35 / 2048, 'before there is one');
      request.enableLatencyMode?.(second.shared);
      assert.deepEqual(
        [answerOf(10, 'latency'), answerOf(20), answerOf(30, 'latency')],
        [70, 140, 210].map((n) => n / 2048),
      );
      request.enableLatencyMode?.(undefined);
      assert.equal(answerOf(40, 'latency'), 280 / 2048, 'when it is taken away');
      request.close();
    });

    it('enableLatencyMode() refuses what is no compilation of the same model, and there is none then', () => {
      const other = engine.compile(pictureModel({ height: 32, width: 32 }), onAllThreads);
      opened.push(other);
      const request = compile(pictureModel()).createInferRequest();
      const { enableLatencyMode } = request;
      if (enableLatencyMode === undefined || other.shared === undefined) return request.close();
      assert.throws(() => enableLatencyMode(other.shared), { code: 'ERR_MODEL_LOAD' });
      request.input.fill(10);
      request.infer('latency');
      assert.equal(request.outputs[0]?.[0], 70 / 2048);
      request.close();
    });

    it('infer() after close() is ERR_INFERENCE, and close() may be called again', () => {
      const request = compile(pictureModel()).createInferRequest();
      request.close();
      request.close();
      assert.throws(() => request.infer(), { code: 'ERR_INFERENCE' });
    });

    const broken: Record<string, () => string> = {
      'that is missing': () => join(root, 'nowhere', 'model.xml'),
      'that is empty': () => writeIr(root, 'empty', { xml: '', bin: new Uint8Array() }),
      'whose .xml is cut': () => {
        const { xml, bin } = weightedSum();
        return writeIr(root, 'cut-xml', { xml: xml.slice(0, xml.length / 2), bin });
      },
      'whose .xml is random': () =>
        writeIr(root, 'random', { xml: '\u0007<<%$ 51 \u0001'.repeat(99), bin: new Uint8Array(9) }),
      'whose .bin is cut': () => {
        const path = writeIr(root, 'cut-bin', weightedSum());
        truncateSync(path.replace('.xml', '.bin'), 5);
        return path;
      },
      'whose .bin is missing': () => writeIr(root, 'no-bin', { xml: weightedSum().xml, bin: new Uint8Array() }),
      'that is a folder': () => root,
      'of an unknown kind': () => {
        writeFileSync(join(root, 'model.pb'), 'x');
        return join(root, 'model.pb');
      },
      'behind a URL': () => 'http://127.0.0.1/model.xml',
    };
    for (const [which, path] of Object.entries(broken)) {
      it(`compile() refuses a model ${which} with ERR_MODEL_LOAD`, () => {
        assert.throws(() => compile(path()), isError('ERR_MODEL_LOAD'));
      });
    }

    it('compile() refuses an unknown device with ERR_MODEL_LOAD', () => {
      const path = pictureModel();
      assert.throws(() => engine.compile(path, { ...CPU, device: 'TOASTER' }), isError('ERR_MODEL_LOAD'));
    });

    const misfits: Record<string, () => string> = {
      'two inputs': () => writeIr(root, 'two-inputs', twoInputs()),
      'four channels': () => pictureModel({ channels: 4 }),
      'a dynamic height': () => pictureModel({ height: -1 }),
      'a batch of two': () => pictureModel({ batch: 2 }),
      'an i8 input': () => pictureModel({ elementType: 'i8' }),
    };
    for (const [what, path] of Object.entries(misfits)) {
      it(`compile() refuses a model with ${what} with ERR_MODEL_CONTRACT, expected and found`, () => {
        assert.throws(() => compile(path()), isError('ERR_MODEL_CONTRACT', /must have .* of shape .*: it has ./));
      });
    }

    // A leak of one tensor, request, thread or file a round would show as growth; the allocator's own noise is below this.
    it('rounds of request, inference and failure leave memory, files and threads as they were', async () => {
      const path = pictureModel({ height: 256, width: 256 });
      const model = compile(path);
      // With a turn of the event loop, as between the pictures of a worker: openvino-node frees its wrappers in one only.
      const round = async (): Promise<void> => {
        await setImmediate();
        const request = model.createInferRequest();
        request.infer();
        request.close();
        assert.throws(() => engine.compile(join(root, 'nowhere.xml'), CPU));
      };
      // Collected first, and given back by glibc as in the service: how much garbage may wait is V8's choice, and Node 26
      // lets more of it wait (45 MiB of these buffers) than Node 20 (28).
      returnLargeBuffers(process.env);
      const settled = async () => {
        await collectGarbage();
        await collectGarbage(); // what a finalizer of the first one let go of
        return footprint();
      };
      for (let i = 0; i < 100; i++) await round();
      const start = await settled();
      for (let i = 0; i < 300; i++) await round();
      const end = await settled();
      assert.deepEqual([end.files, end.threads], [start.files, start.threads]);
      // One leaked 256 KiB output a round would be 75 MiB.
      assert.ok(end.usedMib - start.usedMib < 32, `grew by ${end.usedMib - start.usedMib} MiB`);
    });
  });
}
