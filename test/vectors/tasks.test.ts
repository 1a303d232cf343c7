/**
 * Detectors, instance segmenters, classifiers and anomaly scores as their exporters write them: every object, class, box and mask
 * must be what the exporter's own program makes of the picture. tasks/README.md says who made what.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { EngineChoice } from '../../src/engine/engine.js';
import { loadModel } from '../../src/model/load-model.js';
import type { PartialModelSettings } from '../../src/model/settings.js';
import { packageRoot } from '../../src/std/package-root.js';
import { type InspectorUnit, openInspector } from '../../src/worker/open-inspector.js';
import type { Prediction } from '../../src/worker/prediction.js';
import { engineHere } from '../support/engine/engines-here.js';

interface ExpectedObject {
  readonly box: readonly number[];
  readonly score: number;
  readonly class: number;
  readonly label?: string;
  readonly maskPixels?: number;
}

interface Case {
  readonly folder: string;
  /** Its .xml, unless another one is named. */
  readonly files: readonly string[];
  /** Which of the references in expected.json. */
  readonly reference: string;
  /** What is asked of it beside what its files say. */
  readonly settings?: PartialModelSettings;
  /** The number that the reference gives the first class. */
  readonly firstClass?: number;
  readonly boxTolerance: number;
  /** Of a model whose input has the size of the picture. */
  readonly isOpen?: boolean;
}

const NAMES = ['scratch', 'big dent', 'stain'];
const FLOAT = 0.01;
const PICTURES = [
  { name: 'part.png', width: 331, height: 247 },
  { name: 'part-tall.png', width: 190, height: 300 },
];
const MAX_SCORE_DIFFERENCE = 1e-5;

const DETECTORS: readonly Case[] = [
  { folder: 'yolo-detect', files: ['model.xml', 'model.onnx'], reference: 'ultralytics', boxTolerance: FLOAT },
  { folder: 'yolo-end2end', files: ['model.xml'], reference: 'ultralytics', boxTolerance: FLOAT },
  { folder: 'yolo-segment', files: ['model.xml', 'model.onnx'], reference: 'ultralytics', boxTolerance: FLOAT },
  { folder: 'yolov5-objectness', files: ['model.xml'], reference: 'reference', boxTolerance: FLOAT },
  {
    folder: 'yolox-raw',
    files: ['model.onnx'],
    reference: 'modelApi',
    settings: { layout: 'yolox', classes: NAMES },
    boxTolerance: FLOAT,
  },
  { folder: 'ssd-detection-output', files: ['model.xml'], reference: 'modelApi', boxTolerance: 0 },
  { folder: 'getitune-detect', files: ['exported_model.xml'], reference: 'modelApi', boxTolerance: 0 },
  { folder: 'getitune-detr', files: ['exported_model.xml'], reference: 'modelApi', boxTolerance: 0 },
  { folder: 'getitune-instance', files: ['exported_model.xml'], reference: 'modelApi', firstClass: 1, boxTolerance: 0 },
  {
    folder: 'detr-transformers',
    files: ['model.xml'],
    reference: 'reference',
    settings: { classes: NAMES },
    boxTolerance: FLOAT,
  },
  {
    folder: 'detr-softmax',
    files: ['model.xml'],
    reference: 'reference',
    settings: { layout: 'detr-softmax', classes: NAMES },
    boxTolerance: FLOAT,
  },
  ...['torchvision-fasterrcnn', 'torchvision-maskrcnn'].map((folder) => ({
    folder,
    files: ['model.onnx'],
    reference: 'reference',
    settings: { classes: NAMES, threshold: 0.35 },
    firstClass: 1,
    boxTolerance: FLOAT,
    isOpen: true,
  })),
];

// Compiled tests lie in build/test/vectors, the data does not move.
const root = new URL('../../../test/vectors/tasks/', import.meta.url);
const engine = engineHere('openvino-capi');

if (typeof engine === 'string') it('models of other tasks', { skip: engine }, () => {});
else {
  for (const entry of DETECTORS) {
    for (const file of entry.files) describe(`${entry.folder}/${file}`, () => expectObjects(entry, file, engine));
  }
  describe('classifiers', () => expectClasses(engine));
  describe('anomaly-image', () => expectScore(engine));
}

function expectObjects(entry: Case, file: string, choice: EngineChoice): void {
  const { folder, reference, boxTolerance, firstClass = 0, isOpen = false } = entry;
  const expected = readExpected(folder);
  for (const picture of PICTURES) {
    const listed = expected[picture.name]?.[reference]?.['objects'] as readonly ExpectedObject[];
    const objects = byScore(listed);
    const inputSize = isOpen ? { inputSize: { width: picture.width, height: picture.height } } : {};
    let unit: InspectorUnit;
    let prediction: Prediction;
    before(async () => {
      unit = await open(`${folder}/${file}`, choice, { ...entry.settings, ...inputSize });
      ({ prediction } = await unit.inspector.inspectPicture(readFileSync(new URL(`pictures/${picture.name}`, root))));
    });
    after(() => unit.close());

    it(`finds every object of ${picture.name}, its class, score and box`, () => {
      const { count, boxes, scores, classes } = found(prediction);
      const actual = Array.from({ length: count }, (_, i) => ({
        box: [...boxes.subarray(4 * i, 4 * i + 4)],
        score: scores[i] ?? 0,
        class: (classes[i] ?? -1) + firstClassOf(folder, firstClass),
      }));
      for (const [i, object] of byScore(actual).entries()) {
        const { box, score, class: classNumber } = objects[i] ?? { box: [], score: Number.NaN, class: -1 };
        assert.equal(object.class, classNumber, `class of object ${i}`);
        assert.ok(Math.abs(object.score - score) <= MAX_SCORE_DIFFERENCE, `score ${i}: ${object.score}, ${score}`);
        const worst = Math.max(...object.box.map((value, k) => Math.abs(value - (box[k] ?? Number.NaN))));
        assert.ok(worst <= boxTolerance, `box ${i}: ${object.box} instead of ${box}`);
      }
      assert.equal(count, objects.length);
    });

    if (listed[0]?.maskPixels === undefined) continue;
    it(`gives every object of ${picture.name} its mask`, async () => {
      const { count, maskPixels } = found(prediction);
      assert.deepEqual(
        [...maskPixels.subarray(0, count)],
        listed.map((object) => object.maskPixels),
      );
      const stem = picture.name.replace('.png', '');
      for (let i = 0; existsSync(maskFile(folder, stem, i)); i++) {
        assert.equal(await wrongPixels(maskFile(folder, stem, i), [i], prediction), 0, `mask ${i}`);
      }
      const all = Array.from({ length: count }, (_, i) => i);
      assert.equal(await wrongPixels(new URL(`${folder}/${stem}.union.png`, root), all, prediction), 0, 'all masks');
    });
  }
}

/** By falling score; the references list equal ones in an order of their own, so the box decides there. */
function byScore<T extends Pick<ExpectedObject, 'box' | 'score'>>(objects: readonly T[]): T[] {
  return [...objects].sort((a, b) => {
    const difference = b.score - a.score;
    return Math.abs(difference) > MAX_SCORE_DIFFERENCE ? difference : (a.box[0] ?? 0) - (b.box[0] ?? 0);
  });
}

/** Open Model Zoo's labels have the background among them, so that numbers are the graph's own. */
function firstClassOf(folder: string, firstClass: number): number {
  return folder === 'ssd-detection-output' ? 0 : firstClass;
}

function found({ objects }: Prediction) {
  assert.ok(objects);
  return objects;
}

function maskFile(folder: string, stem: string, i: number): URL {
  return new URL(`${folder}/${stem}.mask${String(i).padStart(2, '0')}.png`, root);
}

/** How many pixels of the picture differ from the masks of these objects together. */
async function wrongPixels(file: URL, indexes: readonly number[], { masks }: Prediction): Promise<number> {
  const { data, info } = await sharp(readFileSync(file))
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const painted = new Uint8Array(info.width * info.height);
  for (const index of indexes) {
    const patch = masks?.read(index);
    assert.ok(patch);
    for (let i = 0; i < patch.width * patch.height; i++) {
      const at = (patch.y + Math.floor(i / patch.width)) * info.width + patch.x + (i % patch.width);
      if (patch.data[i] !== 0) painted[at] = 255;
    }
  }
  return painted.filter((value, at) => value !== (data[at] === 0 ? 0 : 255)).length;
}

function expectClasses(choice: EngineChoice): void {
  for (const { folder, file, settings, read } of [
    { folder: 'yolo-classify', file: 'model.xml', settings: {}, read: probabilitiesIn('ultralytics', 'probabilities') },
    {
      folder: 'getitune-multiclass',
      file: 'exported_model.xml',
      settings: {},
      read: probabilitiesIn('modelApi', 'rawScores'),
    },
    // The reference hands B G R to Model API, which turns it around as the file says.
    {
      folder: 'otx-hierarchical',
      file: 'exported_model.xml',
      settings: { reverseInputChannels: true },
      read: probabilitiesIn('modelApi', 'labels'),
    },
  ]) {
    for (const { name } of PICTURES) {
      it(`${folder} gives what its exporter's program gives for ${name}`, async () => {
        const unit = await open(`${folder}/${file}`, choice, settings);
        const bytes = readFileSync(new URL(`pictures/${name}`, root));
        const { measures } = (await unit.inspector.inspectPicture(bytes)).prediction;
        unit.close();
        read(readExpected(folder)[name] ?? {}, measures);
      });
    }
  }
}

type Expectation = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function probabilitiesIn(reference: string, field: 'probabilities' | 'rawScores' | 'labels') {
  return (expected: Expectation, { classes = {}, defects = {} }: Prediction['measures']): void => {
    const values = expected[reference]?.[field];
    if (field === 'labels') {
      const labels = values as readonly { readonly name: string; readonly score: number }[];
      const holding = Object.keys(defects).filter((name) => defects[name] === 1);
      assert.deepEqual(holding.sort(), labels.map(({ name }) => name).sort());
      for (const { name, score } of labels) assertNear(classes[name], score);
      return;
    }
    const numbers = values as readonly number[];
    for (const [i, probability] of Object.values(classes).entries()) assertNear(probability, numbers[i]);
    const best = Object.keys(classes)[numbers.indexOf(Math.max(...numbers))];
    assert.deepEqual(
      Object.keys(defects).filter((name) => defects[name] === 1),
      [best],
    );
  };
}

function expectScore(choice: EngineChoice): void {
  for (const { name } of PICTURES) {
    it(`gives the score of ${name}`, async () => {
      const unit = await open('anomaly-image/model.xml', choice, {});
      const bytes = readFileSync(new URL(`pictures/${name}`, root));
      const { measures } = (await unit.inspector.inspectPicture(bytes)).prediction;
      unit.close();
      const reference = readExpected('anomaly-image')[name]?.['reference'];
      assertNear(measures.score, reference?.['predScore'] as number);
      assert.equal(measures.defect === 1, reference?.['predLabel']);
    });
  }
}

function assertNear(value: number | undefined, expected: number | undefined): void {
  assert.ok(
    Math.abs((value ?? Number.NaN) - (expected ?? Number.NaN)) <= MAX_SCORE_DIFFERENCE,
    `${value}, ${expected}`,
  );
}

function readExpected(folder: string): Readonly<Record<string, Expectation>> {
  const text = readFileSync(new URL(`${folder}/expected.json`, root), 'utf8');
  return (JSON.parse(text) as { readonly pictures: Record<string, Expectation> }).pictures;
}

async function open(path: string, choice: EngineChoice, settings: PartialModelSettings): Promise<InspectorUnit> {
  const { spec } = await loadModel({ path, cwd: fileURLToPath(root), packageRoot, settings });
  const { inputSize } = spec.settings ?? {};
  return await openInspector({
    key: 'default',
    engine: choice,
    compile: { device: 'CPU', precision: 'f32', streams: 1, ...(inputSize === undefined ? {} : { inputSize }) },
    model: spec,
    rules: [],
    imageField: 'image',
    copyFields: [],
    encoding: 'base64',
    maxPayloadBytes: 2 ** 24,
    maxPixels: 50_000_000,
    libvips: new SharedArrayBuffer(4),
  });
}
