/**
 * Models made by the exporters that people use, as their files came out: what each gives on three pictures must equal what
 * Python gives (models-of-others/expect.py): OpenVINO or the model's own tools, OpenCV for everything else.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { EngineChoice } from '../../src/engine/engine.js';
import { findTurbojpeg } from '../../src/imaging/find-turbojpeg.js';
import { loadModel } from '../../src/model/load-model.js';
import type { PartialModelSettings } from '../../src/model/settings.js';
import { packageRoot } from '../../src/std/package-root.js';
import { type InspectorUnit, openInspector } from '../../src/worker/open-inspector.js';
import { engineHere } from '../support/engine/engines-here.js';

interface Case {
  readonly case: string;
  /** Folder of the model. */
  readonly model: string;
  /** What is asked of it beside what its files say. */
  readonly hints: PartialModelSettings;
  readonly picture: string;
  readonly mask: string;
  readonly defect: number;
  readonly defects?: Readonly<Record<string, number>>;
  readonly whitePixels: number;
  readonly score: number;
}

/** Of the score: Python's sigmoid and softmax are another library's. */
const MAX_SCORE_DIFFERENCE = 1e-5;

// Compiled tests lie in build/test/vectors, the data does not move.
const root = new URL('../../../test/vectors/models-of-others/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('expected.json', root), 'utf8')) as {
  readonly cases: readonly Case[];
};
const FIELDS = (['defect', 'defects'] as const).map((name) => ({ name, alias: name }));
const names = [...new Set(cases.map((entry) => entry.case))];

for (const engine of ['openvino-capi', 'openvino-node'] as const) {
  const choice = engineHere(engine);
  if (typeof choice === 'string') it(`models of others by ${engine}`, { skip: choice }, () => {});
  else {
    for (const name of names) describe(`${name} by ${engine}`, () => expectCase(name, choice));
    describe(`classes by ${engine}`, () => expectClasses(choice));
  }
}

function expectCase(name: string, choice: EngineChoice): void {
  const pictures = cases.filter((entry) => entry.case === name);
  let unit: InspectorUnit;
  before(async () => {
    unit = await open(pictures[0] as Case, choice);
  });
  after(() => unit.close());

  for (const expected of pictures) {
    it(`gives on ${expected.picture} what Python gives`, async () => {
      const bytes = readFileSync(new URL(expected.picture, root));
      const { measures, mask } = (await unit.inspector.inspectPicture(bytes)).prediction;
      const expectedMask = await sharp(readFileSync(new URL(expected.mask, root)))
        .toColourspace('b-w')
        .raw()
        .toBuffer();
      const wrong = mask.filter((value, at) => value !== expectedMask[at]).length;
      assert.equal(wrong, 0, `${wrong} pixels of the mask differ`);
      assert.equal(measures.defect, expected.defect);
      assert.deepEqual(measures.defects, expected.defects);
      assert.ok(Math.abs(measures.score - expected.score) <= MAX_SCORE_DIFFERENCE, `score ${measures.score}`);
    });
  }
}

/** From the picture to the result, by a rule on a class. */
function expectClasses(choice: EngineChoice): void {
  const ofModel = cases.filter((entry) => entry.case === 'lraspp-onnx');
  for (const { picture, defect, defects } of ofModel) {
    it(`a rule on break gives its counts for ${picture}, or nothing`, async () => {
      const unit = await open(ofModel[0] as Case, choice, 'defects["break"] > 0');
      const payload = readFileSync(new URL(picture, root));
      const { results } = await unit.inspector.inspect({
        topic: 'in',
        payload,
        properties: { user: [] },
        receivedAtMs: 0,
      });
      unit.close();
      const texts = results.map((result) => JSON.parse(Buffer.from(result.payload).toString()));
      assert.deepEqual(texts, (defects?.['break'] ?? 0) > 0 ? [{ defect, defects }] : []);
    });
  }

  it('a rule on an unknown class is a fault at start, with the nearest one', async () => {
    await assert.rejects(open(ofModel[0] as Case, choice, 'defects.crak > 0'), {
      code: 'ERR_CONFIG',
      message: /did you mean crack\?/,
    });
  });
}

async function open({ model, hints }: Case, engine: EngineChoice, where?: string): Promise<InspectorUnit> {
  const { spec } = await loadModel({ path: model, cwd: fileURLToPath(root), packageRoot, settings: hints });
  const { inputSize, output } = spec.settings ?? {};
  const turbojpeg = findTurbojpeg();
  return await openInspector({
    key: 'default',
    engine,
    compile: {
      device: 'CPU',
      precision: 'f32',
      streams: 1,
      ...(inputSize === undefined ? {} : { inputSize }),
      ...(output === undefined ? {} : { output }),
    },
    model: spec,
    rules:
      where === undefined
        ? []
        : [{ id: 'r', stream: 's', model: 'm', where, topic: 't', fields: FIELDS, render: 'none' }],
    imageField: 'image',
    copyFields: [],
    encoding: 'base64',
    maxPayloadBytes: 2 ** 24,
    maxPixels: 50_000_000,
    libvips: new SharedArrayBuffer(4),
    ...(turbojpeg === undefined ? {} : { turbojpeg }),
  });
}
