/** A real network on a real engine, against what OpenVINO's own Python API answers. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createEngine } from '../../src/engine/create-engine.js';
import type { CompiledModel, Engine, EngineChoice, InferRequest } from '../../src/engine/engine.js';
import { PACKAGE_ROOT } from '../support/engine/engines-here.js';

/**
 * From Python, openvino 2026.4.1, INFERENCE_PRECISION_HINT f32, models/test-unet, the input of `fill`: values at eight
 * places between 0.05 and 0.95, how many are above 0.5, and how many of those lie so close to it (1e-3) that another
 * processor's order of additions may turn them.
 */
const REFERENCE = {
  values: [
    [15, 0.939911],
    [8005, 0.08354],
    [16706, 0.869149],
    [24844, 0.85614],
    [33153, 0.182714],
    [41338, 0.5628],
    [49505, 0.930418],
    [57431, 0.563268],
  ],
  above: 14133,
  close: 11,
} as const;

export function unetContract(name: string, choice: EngineChoice | string): void {
  if (typeof choice === 'string') return; // engineContract has printed why
  describe(`engine ${name} on test-unet`, () => {
    let engine: Engine;
    let model: CompiledModel;
    let request: InferRequest;
    before(async () => {
      engine = await createEngine(choice);
      const path = join(PACKAGE_ROOT, 'models/test-unet/model.xml');
      model = engine.compile(path, { device: 'CPU', precision: 'f32', streams: 2 });
      request = model.createInferRequest();
      fill(request.input);
      request.infer();
    });
    after(() => {
      request.close();
      model.close();
      engine.close();
    });

    it('gives the probabilities that Python gives', () => {
      for (const [index, expected] of REFERENCE.values) {
        const actual = request.outputs[0]?.[index] ?? Number.NaN;
        assert.ok(Math.abs(actual - expected) < 1e-4, `${actual} at ${index}, expected ${expected}`);
      }
    });

    it('gives the number of white pixels that Python gives', () => {
      const above = request.outputs[0]?.filter((value) => value > 0.5).length ?? 0;
      assert.ok(Math.abs(above - REFERENCE.above) <= REFERENCE.close, `${above} above 0.5`);
    });

    // A mapped file would change the answer here, or end the process with SIGBUS.
    it('does not care what happens to the files of a compiled model', () => {
      const folder = mkdtempSync(join(tmpdir(), 'flawline-unet-'));
      cpSync(join(PACKAGE_ROOT, 'models/test-unet'), folder, { recursive: true });
      const copy = engine.compile(join(folder, 'model.xml'), { device: 'CPU', precision: 'f32', streams: 2 });
      truncateSync(join(folder, 'model.bin'), 0);
      const other = copy.createInferRequest();
      fill(other.input);
      other.infer();
      assert.deepEqual(other.outputs[0], request.outputs[0]);
      other.close();
      copy.close();
      rmSync(folder, { recursive: true });
    });

    it('gives the same when its streams are on no fixed core', () => {
      const path = join(PACKAGE_ROOT, 'models/test-unet/model.xml');
      const free = engine.compile(path, { device: 'CPU', precision: 'f32', streams: 1, pinning: false });
      const other = free.createInferRequest();
      fill(other.input);
      other.infer();
      assert.deepEqual(other.outputs[0], request.outputs[0]);
      other.close();
      free.close();
    });

    it('gives bit for bit the same on all threads', () => {
      const path = join(PACKAGE_ROOT, 'models/test-unet/model.xml');
      const second = engine.compile(path, { device: 'CPU', precision: 'f32', streams: 1, threads: 2 });
      request.infer();
      const narrow = Float32Array.from(request.outputs[0] ?? []);
      request.enableLatencyMode?.(second.shared);
      request.outputs[0]?.fill(-1);
      request.infer('latency');
      assert.deepEqual(request.outputs[0], narrow);
      request.enableLatencyMode?.(undefined);
      second.close();
    });

    it('gives bit for bit the same again', () => {
      const first = Float32Array.from(request.outputs[0] ?? []);
      request.infer();
      assert.deepEqual(request.outputs[0], first);
    });
  });
}

/** Three slanted ramps, turned over on a chessboard of 16 pixels: numbers 0..255. */
function fill(input: Uint8Array | Float32Array): void {
  for (let i = 0; i < input.length; i++) {
    const [c, y, x] = [Math.floor(i / 65536), Math.floor((i % 65536) / 256), i % 256];
    const ramp = (x * 3 + y * 5 + c * 40) % 256;
    input[i] = ramp ^ ((((x >> 4) + (y >> 4)) % 2) * 128);
  }
}
