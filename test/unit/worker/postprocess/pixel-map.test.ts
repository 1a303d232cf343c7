import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CompiledModel, InferRequest, Port } from '../../../../src/engine/engine.js';
import { DEFAULT_SETTINGS, type ModelSettings } from '../../../../src/model/settings.js';
import { createPlainPixelOps } from '../../../../src/vision/pixel-ops.js';
import { createOutputReader } from '../../../../src/worker/postprocess/pixel-map.js';

const WHOLE = { x: 0, y: 0, width: 3, height: 2 };
const INPUT: Port = { name: 'image', elementType: 'f32', shape: [1, 3, 2, 3] };

/** Reads one output of a model whose input is 3 × 2 pixels. */
function read(shape: number[], values: number[], settings: Partial<ModelSettings>, content = WHOLE) {
  const port: Port = { name: 'o', elementType: settings.output === 'numbers' ? 'i64' : 'f32', shape };
  const model = { input: INPUT, outputs: [port] } as unknown as CompiledModel;
  const request = { outputs: [Float32Array.from(values)] } as unknown as InferRequest;
  const { output: _, ...rest } = settings;
  const reader = createOutputReader(
    { model, request, pixels: createPlainPixelOps() },
    { ...DEFAULT_SETTINGS, ...rest },
  );
  const mask = new Uint8Array(6);
  const summary = reader.read(content, mask);
  const white = (bytes: Uint8Array) => [...bytes].map((value) => (value === 0 ? '.' : '#')).join('');
  const classes = reader.classMasks?.map(([name, own]) => [name, white(own)]);
  return { mask: white(mask), ...summary, classes };
}

describe('createOutputReader()', () => {
  it('compares a plain map as it is', () => {
    const { mask, whitePixels, score, classes } = read([1, 1, 2, 3], [0.5, 0.6, 0, 1, 0, 0.4], {});
    assert.deepEqual([mask, whitePixels, score, classes], ['.#.#..', 2, 1, undefined]);
  });

  it('makes probabilities of logits', () => {
    const { mask, score } = read([1, 2, 3], [0, 0.1, -5, 3, -1, -9], { activation: 'sigmoid' });
    assert.deepEqual([mask, score], ['.#.#..', Math.fround(1 / (1 + Math.exp(-3)))]);
  });

  it('puts the threshold of an anomaly map at the threshold', () => {
    const { mask, score } = read([1, 1, 2, 3], [10, 11, 9, 40, 0, 10], { anomalyScale: { middle: 10, unit: 20 } });
    assert.deepEqual([mask, score], ['.#.#..', 1]);
  });

  it('reads one channel of several', () => {
    const { mask } = read([1, 2, 2, 3], [9, 9, 9, 9, 9, 9, 0, 1, 0, 1, 0, 0], { channel: 1 });
    assert.equal(mask, '.#.#..');
  });

  it('reads one channel of several that lie together', () => {
    const { mask } = read([1, 2, 3, 2], [9, 0, 9, 1, 9, 0, 9, 1, 9, 0, 9, 0], { channel: 1 });
    assert.equal(mask, '.#.#..');
  });

  for (const [shape, values] of [
    [
      [1, 6, 2],
      [9, 0, 9, 1, 9, 0, 9, 1, 9, 0, 9, 0],
    ],
    [
      [1, 2, 6],
      [9, 9, 9, 9, 9, 9, 0, 1, 0, 1, 0, 0],
    ],
  ]) {
    it(`reads one channel of a map with height and width in one dimension, [${shape}]`, () => {
      assert.equal(read(shape ?? [], values ?? [], { channel: 1 }).mask, '.#.#..');
    });
  }

  it('takes the largest class of a softmax', () => {
    const values = [5, 0, 5, 0, 5, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0];
    const { mask, classes } = read([1, 3, 2, 3], values, {
      activation: 'softmax',
      classes: ['background', 'crack', 'break'],
    });
    assert.deepEqual(
      [mask, classes],
      [
        '.#.#..',
        [
          ['crack', '.#....'],
          ['break', '...#..'],
        ],
      ],
    );
  });

  it('judges the classes of a sigmoid each by itself', () => {
    const values = [-1, 1, -1, 1, -1, -1, -1, 1, -1, -1, -1, -1];
    const { mask, classes } = read([1, 2, 2, 3], values, { activation: 'sigmoid', classes: ['crack', 'break'] });
    assert.deepEqual(
      [mask, classes],
      [
        '.#.#..',
        [
          ['crack', '.#.#..'],
          ['break', '.#....'],
        ],
      ],
    );
  });

  it('counts the only class of a map of one channel', () => {
    const { classes } = read([1, 1, 2, 3], [0, 1, 0, 1, 0, 0], { classes: ['crack'] });
    assert.deepEqual(classes, [['crack', '.#.#..']]);
  });

  it('takes class numbers other than 0 for defects', () => {
    assert.equal(read([1, 2, 3], [0, 3, 0, 1, 0, 0], { output: 'numbers' }).mask, '.#.#..');
  });

  it('takes one class number for the defect', () => {
    assert.equal(read([1, 2, 3], [0, 3, 0, 1, 0, 0], { output: 'numbers', channel: 3 }).mask, '.#....');
  });

  it('brings a smaller map to the input’s size', () => {
    const { mask } = read([1, 2, 2, 2], [0, 1, 1, 0, 9, 9, 9, 9], { channel: 0 });
    assert.equal(mask, '..##..');
  });

  it('is black outside of the picture, and has no score from there', () => {
    const { mask, whitePixels, score } = read(
      [1, 1, 2, 3],
      [1, 1, 0.9, 0.7, 1, 1],
      {},
      { x: 1, y: 0, width: 2, height: 1 },
    );
    assert.deepEqual([mask, whitePixels, score], ['.##...', 2, 1]);
    assert.equal(
      read([1, 1, 2, 3], [1, 1, 1, 0.7, 1, 1], {}, { ...WHOLE, y: 1, width: 1, height: 1 }).score,
      Math.fround(0.7),
    );
  });

  it('takes small regions out of the mask of each class', () => {
    const { mask, whitePixels, classes } = read([1, 2, 3], [1, 0, 1, 1, 0, 0], { minRegionPixels: 2, classes: ['a'] });
    assert.deepEqual([mask, whitePixels, classes], ['#..#..', 2, [['a', '#..#..']]]);
  });
});
