/**
 * Every golden picture through the whole journey of a worker, on every engine and codec that is here: mask, count and result
 * picture must be those that the replaced function made with OpenCV and OpenVINO (PROVENANCE.md).
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Job } from '../../src/domain/inspection.js';
import { findTurbojpeg } from '../../src/imaging/find-turbojpeg.js';
import { type InspectorUnit, openInspector } from '../../src/worker/open-inspector.js';
import type { WorkerSetup } from '../../src/worker/protocol/worker.js';
import { sqlRule } from '../support/builders.js';
import { engineHere } from '../support/engine/engines-here.js';
import { type EqualVector, loadEqualVectors, loadRejectVectors, readMask, readVectorFile } from './load-vectors.js';

const THRESHOLD = 0.5;
/** Sums of products in another order: a pixel may change side only where the probability is this near to the threshold. */
const MAX_DISTANCE = 1e-4;
const MODEL = fileURLToPath(new URL('../../../models/test-unet/model.xml', import.meta.url));

const turbojpeg = findTurbojpeg();

for (const engineName of ['openvino-capi', 'openvino-node'] as const) {
  const engine = engineHere(engineName);
  for (const codec of ['sharp', 'turbojpeg'] as const) {
    const skip =
      typeof engine === 'string'
        ? engine
        : codec === 'turbojpeg' && turbojpeg === undefined && 'libturbojpeg is not installed';
    describe(`golden vectors: ${engineName}, ${codec}`, { skip }, () => {
      let unit: InspectorUnit;
      let second: InspectorUnit;
      before(async () => {
        if (typeof engine === 'string') return;
        const own = { ...setup(), engine, ...(codec === 'turbojpeg' && turbojpeg ? { turbojpeg } : {}) };
        unit = await openInspector(own);
        second = await openInspector({ ...own, compile: { ...own.compile, threads: 2 } });
        if (second.model.shared !== undefined) await unit.enableLatencyMode(second.model.shared);
      });
      after(() => {
        unit?.close();
        second?.close();
      });

      for (const vector of loadEqualVectors()) {
        it(`${vector.file} gives the same mask and count: ${vector.note}`, async () => {
          const bytes = readVectorFile(vector.file);
          for (const mode of ['throughput', 'latency'] as const) {
            const { measures, mask } = (await unit.inspector.inspectPicture(bytes, mode)).prediction;
            await assertMask(vector, mask, unit);
            assert.equal(measures.defect, vector.defect, mode);
            assert.deepEqual([measures.width, measures.height], [vector.width, vector.height]);
          }
        });

        it(`${vector.file} gives the same result picture and its own bytes as origin`, async () => {
          const image = readVectorFile(vector.file).toString('base64');
          const { results } = await unit.inspector.inspect(jobOf(JSON.stringify({ image })));
          const [payload, ofSql] = results.map((result) => Buffer.from(result.payload));
          assert.ok(payload !== undefined && ofSql?.equals(payload), "the tutorial's SQL gives the same bytes");
          const result = JSON.parse(payload.toString());
          assert.deepEqual(Object.keys(result), ['afterProcess', 'origin']);
          assert.equal(result.origin, image);
          assert.deepEqual(
            await pixels(Buffer.from(result.afterProcess, 'base64')),
            await pixels(readVectorFile(vector.result)),
          );
        });
      }

      for (const vector of loadRejectVectors()) {
        it(`${vector.file} is refused: ${vector.note}`, async () => {
          const image = readVectorFile(vector.file).toString('base64');
          await assert.rejects(unit.inspector.inspect(jobOf(JSON.stringify({ image }))), { code: /^ERR_IMAGE_/ });
        });
      }
    });
  }
}

function setup(): Omit<WorkerSetup, 'engine'> {
  const fields = (['origin', 'afterProcess'] as const).map((name) => ({ name, alias: name }));
  return {
    key: 'default',
    compile: { device: 'CPU', precision: 'f32', streams: 1 },
    model: { name: 'test-unet', version: '1', path: MODEL, threshold: THRESHOLD },
    rules: [
      { id: 'default', stream: 's', model: 'm', where: 'defect >= 0', topic: 'out', fields, render: 'pair' },
      sqlRule({ id: 'ruleOp', model: 'm' }),
    ],
    imageField: 'image',
    copyFields: [],
    encoding: 'base64',
    maxPayloadBytes: 2 ** 24,
    maxPixels: 50_000_000,
    libvips: new SharedArrayBuffer(4),
  };
}

function jobOf(text: string): Job {
  return { topic: 'in', payload: Buffer.from(text), properties: { user: [] }, receivedAtMs: 0 };
}

async function assertMask(vector: EqualVector, mask: Uint8Array, { request }: InspectorUnit): Promise<void> {
  const expected = await readMask(vector);
  const wrong = mask.findIndex((value, at) => {
    const probability = request.outputs[0]?.[at] ?? Number.NaN;
    return value !== expected[at] && !(Math.abs(probability - THRESHOLD) <= MAX_DISTANCE);
  });
  assert.equal(wrong, -1, `pixel ${wrong} of the mask`);
}

async function pixels(jpeg: Buffer): Promise<Buffer> {
  return await sharp(jpeg).raw().toBuffer();
}
