/** What would go wrong: a picture of 300 KB is hashed twice, or two threads give one message two names. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../src/config/load.js';
import type { Job } from '../../../src/domain/inspection.js';
import { sizeOf } from '../../../src/engine/ports.js';
import type { Codec } from '../../../src/imaging/codec.js';
import { createCodec, readHeader } from '../../../src/imaging/create-codec.js';
import { findTurbojpeg } from '../../../src/imaging/find-turbojpeg.js';
import { prepareWorkers } from '../../../src/service/prepare.js';
import { defined } from '../../../src/std/defined.js';
import { createPixelOps } from '../../../src/vision/kernels/simd-pixel-ops.js';
import { createInspector } from '../../../src/worker/inspect.js';
import { openInspector } from '../../../src/worker/open-inspector.js';
import { createInputWriter, planesOf } from '../../../src/worker/preprocess.js';
import { fakeEngine } from '../../support/engine/fake-engine.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const TOPIC = 'camera';
const message = (fields = {}) => Buffer.from(pictureMessage('images/syn_3x2.png', fields));
/** Of no message: who gives it out has not hashed. */
const BROUGHT = 'ab'.repeat(32);

async function openUnit(settings: Readonly<Record<string, string>> = {}) {
  const env = { FLAWLINE_MODEL_PATH: await modelWithoutSelfTest(), ...settings };
  const { config } = loadConfig({ env, cwd: '/', cores: 1, hostname: 'test', useDefaultFile: false });
  const { setup } = await prepareWorkers(config, { env, cwd: '/', engine: fakeEngine() });
  return await openInspector(setup);
}

async function inspect(job: Partial<Job>) {
  const unit = await openUnit();
  try {
    const plain = { topic: TOPIC, payload: message(), properties: { user: [] } };
    const { id, digest } = await unit.inspector.inspect({ ...plain, receivedAtMs: 0, ...job });
    return { id, digest };
  } finally {
    unit.close();
  }
}

describe('Inspector.inspect() of a message', () => {
  it('without an id and a digest makes the digest and names it by that', async () => {
    const payload = message();
    const digest = createHash('sha256')
      .update(Buffer.concat([Buffer.from(`${TOPIC}\0`), payload]))
      .digest('hex');
    assert.deepEqual(await inspect({ payload }), { id: digest.slice(0, 32), digest });
  });

  it('without an id names it by the digest that comes with it', async () =>
    assert.deepEqual(await inspect({ digest: BROUGHT }), { id: BROUGHT.slice(0, 32), digest: BROUGHT }));

  it('with an id makes no digest', async () =>
    assert.deepEqual(await inspect({ payload: message({ id: 'a' }) }), {
      id: 'a',
      digest: undefined,
    }));

  it('with an id and a digest keeps both', async () =>
    assert.deepEqual(await inspect({ payload: message({ id: 'a' }), digest: BROUGHT }), {
      id: 'a',
      digest: BROUGHT,
    }));
});

describe('Inspector.inspectPicture() with scaled decoding', () => {
  it('measures the picture at its own size, and draws the overlay at that size', async () => {
    const unit = await openUnit({ FLAWLINE_MODEL_INTERPOLATION: 'area', FLAWLINE_MODEL_DECODE: 'scaled' });
    try {
      const bytes = readVectorFile('images/syn_large_4000x3000.jpg');
      const { prediction } = await unit.inspector.inspectPicture(bytes);
      const { measures, seen } = prediction;
      assert.deepEqual([measures.width, measures.height, seen.width, seen.height], [4000, 3000, 4000, 3000]);
      const overlay = readHeader(await unit.inspector.renderOverlay(prediction), 'jpeg', { maxPixels: 1e8 });
      assert.deepEqual([overlay.width, overlay.height], [4000, 3000]);
    } finally {
      unit.close();
    }
  });
});

describe('Inspector.inspect() of a picture that is larger than the model’s input', () => {
  const library = findTurbojpeg();
  const skip = library === undefined ? 'libturbojpeg is not installed (Debian: libturbojpeg0)' : false;
  for (const [render, ways] of [
    ['pair', ['decodePlanes']],
    ['overlay', ['decode']],
  ] as const) {
    it(`decodes it once, by ${ways[0]}() where ${render} is wanted`, { skip }, async () => {
      const { model, request, task, close } = await openUnit();
      const { settings } = task.plan;
      const pixels = createPixelOps(sizeOf(model.input));
      const codec = createCodec({ turbojpeg: library ?? '', take: pixels.take });
      const called: string[] = [];
      const counting: Codec = {
        ...codec,
        decode: (...args) => {
          called.push('decode');
          return codec.decode(...args);
        },
        decodePlanes: (...args) => {
          called.push('decodePlanes');
          return codec.decodePlanes(...args);
        },
      };
      const writeInput = createInputWriter(model.input, settings, pixels);
      const planes = planesOf(model.input, settings, pixels);
      const inspector = createInspector(
        { model, request, task, pixels, writeInput, codec: counting, rules: new Map(), ...defined({ planes }) },
        { imageField: 'image', maxPixels: 1e8, modelName: 'test' },
      );
      const payload = Buffer.from(pictureMessage('images/syn_1280x960.jpg'));
      try {
        const job = { topic: TOPIC, payload, properties: { user: [] }, receivedAtMs: 0, dryRun: { render } };
        const { measures } = await inspector.inspect(job);
        assert.deepEqual([called, measures?.width, measures?.height], [ways, 1280, 960]);
      } finally {
        codec.close();
        close();
      }
    });
  }

  it('draws the same overlay on it as on one that was decoded in colour', { skip }, async () => {
    const unit = await openUnit();
    try {
      const bytes = readVectorFile('images/syn_1280x960.jpg');
      const { prediction } = await unit.inspector.inspectPicture(bytes);
      const drawn = await unit.inspector.renderOverlay(prediction);
      const codec = createCodec({ turbojpeg: library ?? '' });
      const whole = await codec.decode(bytes, 'jpeg', { maxPixels: 1e8 });
      const again = await unit.inspector.renderOverlay({ ...prediction, wholePicture: () => whole });
      codec.close();
      assert.equal(Buffer.compare(drawn, again), 0);
    } finally {
      unit.close();
    }
  });
});
