import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Port } from '../../../src/engine/engine.js';
import { chooseOutput } from '../../../src/model/output-plan.js';
import { DEFAULT_SETTINGS, type ModelSettings } from '../../../src/model/settings.js';

const port = (name: string, shape: number[], elementType: Port['elementType'] = 'f32'): Port => ({
  name,
  elementType,
  shape,
});
const NCHW = port('image', [1, 3, 8, 9], 'u8');
const NHWC = port('image', [1, 8, 9, 3], 'u8');

const choose = (outputs: Port[], settings: Partial<ModelSettings> = {}, input = NCHW) =>
  chooseOutput(outputs, input, { ...DEFAULT_SETTINGS, ...settings });

describe('chooseOutput() without a name', () => {
  for (const [what, outputs, name] of [
    ['the first map of one channel and the input’s size', [port('a', [1, 1, 4, 4]), port('b', [1, 1, 8, 9])], 'b'],
    ['one of another size before one of several channels', [port('a', [1, 3, 8, 9]), port('b', [1, 4, 4])], 'b'],
    ['one of several channels before class numbers', [port('a', [1, 8, 9], 'i64'), port('b', [1, 2, 8, 9])], 'b'],
    ['class numbers when there is nothing else', [port('a', [1, 8, 9], 'i32')], 'a'],
    ['a map before a list of scores', [port('a', [1, 10]), port('b', [1, 1, 4, 4])], 'b'],
  ] as const) {
    it(`takes ${what}`, () => {
      assert.equal(choose([...outputs], { channel: 0 }).port.name, name);
    });
  }

  it('refuses a list of scores', () => {
    assert.throws(() => choose([port('scores', [1, 10])]), {
      code: 'ERR_MODEL_CONTRACT',
      message: /"scores" f32 \[1,10\]/,
    });
  });
});

describe('chooseOutput() of an output that can be read in two ways', () => {
  const square = port('image', [1, 3, 16, 16]);
  const both = [port('o', [1, 256, 64])];
  it('takes the one that has a channel for each class', () => {
    const classes = Array.from({ length: 64 }, (_, index) => `class ${index}`);
    const { channels, size, layout } = choose(both, { classes }, square);
    assert.deepEqual([channels, size, layout], [64, { height: 16, width: 16 }, 'NHWC']);
  });
  it('takes the one that has a channel for each label and the background', () => {
    const labels = Array.from({ length: 255 }, (_, index) => `label ${index}`);
    const { channels, size } = choose(both, { labels }, square);
    assert.deepEqual([channels, size], [256, { height: 8, width: 8 }]);
  });
  it('names both and the setting that decides', () => {
    const small = [port('o', [1, 16, 64])];
    assert.throws(() => choose(small, { channel: 0 }, port('image', [1, 3, 32, 8])), {
      code: 'ERR_MODEL_CONTRACT',
      message:
        /whether its output is 64 channels of 2×8 pixels or 16 channels of 4×16 pixels: "classes".*"o" f32 \[1,16,64\]/,
    });
  });
  it('takes numbers of classes for one channel', () => {
    const numbers = [port('o', [1, 64, 64, 1], 'i64')];
    assert.equal(choose(numbers, {}, port('image', [1, 3, 64, 64])).channels, 1);
  });
});

describe('chooseOutput() without a map', () => {
  const rows = port('detection_out', [1, 1, 200, 7]);
  it('names outputs and input', () => {
    assert.throws(() => choose([rows, port('scores', [1, 10])]), {
      code: 'ERR_MODEL_CONTRACT',
      message: /map of its input.*"detection_out" f32 \[1,1,200,7\], "scores" f32 \[1,10\] for the input "image" u8/,
    });
  });
  it('refuses an output that was asked for and is none, though another is', () => {
    assert.throws(() => choose([port('map', [1, 1, 8, 9]), rows], { output: 'detection_out' }), {
      message: /it has "detection_out" f32 \[1,1,200,7\] for/,
    });
  });
});

describe('chooseOutput() by name', () => {
  const outputs = [port('anomaly_map', [1, 1, 8, 9]), port('mask', [1, 1, 8, 9])];
  it('takes that output', () => assert.equal(choose(outputs, { output: 'mask' }).index, 1));
  it('refuses an unknown name with the nearest one', () => {
    assert.throws(() => choose(outputs, { output: 'anomalymap' }), { message: /did you mean "anomaly_map"\?/ });
  });
});

describe('chooseOutput() tells channels and size apart', () => {
  for (const [shape, input, settings, expected] of [
    [[1, 4, 8, 9], NCHW, { channel: 0 }, ['NCHW', 4, 9, 8]],
    [[1, 8, 9, 4], NCHW, { channel: 0 }, ['NHWC', 4, 9, 8]],
    [[1, 8, 9, 4], NHWC, { channel: 0 }, ['NHWC', 4, 9, 8]],
    [[1, 2, 4, 5], NCHW, { channel: 0 }, ['NCHW', 2, 5, 4]],
    [[1, 4, 5, 2], NHWC, { channel: 0 }, ['NHWC', 2, 5, 4]],
    [[1, 4, 5, 2], NCHW, { classes: ['a', 'b'] }, ['NHWC', 2, 5, 4]],
    [[1, 1, 4, 5], NCHW, {}, ['NCHW', 1, 5, 4]],
    [[1, 4, 5, 1], NHWC, {}, ['NCHW', 1, 5, 4]],
  ] as const) {
    it(`in [${shape}] of an input [${input.shape}]`, () => {
      const { layout, channels, size } = choose([port('o', [...shape])], settings, input);
      assert.deepEqual([layout, channels, size.width, size.height], expected);
    });
  }
});

describe('chooseOutput() classes', () => {
  const three = [port('o', [1, 3, 8, 9])];
  it('are those of the settings', () => {
    assert.deepEqual(choose(three, { classes: ['background', 'a', 'b'] }).classes, ['background', 'a', 'b']);
  });
  it('are the labels, with the background that they leave out', () => {
    assert.deepEqual(choose(three, { labels: ['a', 'b'] }).classes, ['background', 'a', 'b']);
    assert.deepEqual(choose(three, { labels: ['a', 'b', 'c'] }).classes, ['a', 'b', 'c']);
  });
  it('are not labels that do not fit one channel', () => {
    assert.equal(choose([port('o', [1, 1, 8, 9])], { labels: ['a', 'b'] }).classes, undefined);
  });
  it('of class numbers are the labels after the background', () => {
    assert.deepEqual(choose([port('o', [1, 8, 9], 'i64')], { labels: ['a'] }).classes, ['background', 'a']);
  });

  for (const [what, settings, message] of [
    ['nothing that says which of three channels', {}, /which of its 3 channels are defects: "channel".*"classes"/],
    ['a channel that is not there', { channel: 3 }, /must have a channel 3; the first is 0.*3 channels$/],
    ['two classes for three channels', { classes: ['a', 'b'] }, /for each of the 2 classes a, b;.*3 channels$/],
    ['labels that do not fit', { labels: ['a'] }, /which of its 3 channels/],
    ['an anomaly map of three channels', { anomalyScale: { middle: 1, unit: 1 } }, /one channel as an anomaly map/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => choose(three, settings), { code: 'ERR_MODEL_CONTRACT', message });
    });
  }

  it('refuses softmax of one channel', () => {
    assert.throws(() => choose([port('o', [1, 1, 8, 9])], { activation: 'softmax' }), {
      message: /sigmoid is for one/,
    });
  });
  it('refuses class numbers of several channels', () => {
    assert.throws(() => choose([port('o', [1, 2, 8, 9], 'i32')]), { message: /must have one channel where/ });
  });
});
