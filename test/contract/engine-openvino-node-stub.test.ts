// The adapter alone, where the native part of openvino-node cannot be had; its real suite is engine-openvino-node.test.ts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createEngine } from '../../src/engine/create-engine.js';
import { weightedSum, writeIr } from '../support/engine/ir.js';
import { engineContract } from './engine.js';

const module = new URL('./openvino-node-stub.js', import.meta.url).href;
it('a model without names of outputs is refused with what can be done', async () => {
  const root = mkdtempSync(join(tmpdir(), 'flawline-unnamed-'));
  try {
    const engine = await createEngine({ name: 'openvino-node', module });
    const path = writeIr(root, 'unnamed', weightedSum({ outputName: '' }));
    assert.throws(() => engine.compile(path, { device: 'CPU', precision: 'f32', streams: 1 }), {
      code: 'ERR_MODEL_CONTRACT',
      message: /each of its outputs must have a name: .* Set engine to openvino-capi .*, or take the model as \.onnx$/,
    });
    engine.close();
  } finally {
    rmSync(root, { recursive: true });
  }
});

engineContract('openvino-node adapter on a stub', { name: 'openvino-node', module });
