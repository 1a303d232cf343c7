import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsOf } from '../../../src/model/metadata-settings.js';

const read = (entries: Record<string, string>) => settingsOf(new Map(Object.entries(entries)));

describe('settingsOf()', () => {
  it('has none for a model that says nothing', () => {
    assert.deepEqual(read({}), { settings: {}, faults: [], warnings: [] });
  });

  it('reads what DL Streamer reads', () => {
    const found = read({
      reverse_input_channels: 'True',
      mean_values: '123.675 116.28 103.53',
      scale_values: '[58.395, 57.12, 57.375]',
      resize_type: 'fit_to_window_letterbox',
      pad_value: '114',
    });
    assert.deepEqual(found.settings, {
      reverseInputChannels: true,
      meanValues: [123.675, 116.28, 103.53],
      scaleValues: [58.395, 57.12, 57.375],
      resizeType: 'fit_to_window_letterbox',
      padValue: 114,
    });
  });

  it('takes one scale for all channels, and empty lists for none', () => {
    assert.deepEqual(read({ scale_values: '255.0', mean_values: '' }).settings, { scaleValues: [255] });
  });

  it('takes the largest channel of a segmentation without blur, as Model API', () => {
    const { settings } = read({
      model_type: 'Segmentation',
      blur_strength: '-1',
      soft_threshold: '0.5',
      labels: 'a b',
    });
    assert.deepEqual(settings, { task: 'segmentation', labels: ['a', 'b'], activation: 'softmax', threshold: 0 });
  });

  it('takes soft_threshold where Model API does', () => {
    assert.deepEqual(read({ blur_strength: '1', soft_threshold: '0.25' }).settings, { threshold: 0.25 });
  });

  it('puts the threshold of a raw anomaly map at 0.5, and its labels aside', () => {
    const { settings } = read({
      model_type: 'AnomalyDetection',
      pixel_threshold: '13.5',
      image_threshold: '12',
      normalization_scale: '40',
      labels: 'Normal Anomaly',
    });
    assert.deepEqual(settings, { anomalyScale: { middle: 13.5, unit: 40 } });
  });

  it('leaves preprocessing alone that is in the graph', () => {
    const { settings } = read({
      embedded_processing: 'True',
      reverse_input_channels: 'True',
      scale_values: '255',
      orig_width: '320',
      orig_height: '240',
    });
    assert.deepEqual(settings, { inputSize: { width: 320, height: 240 } });
  });

  it('folds scale_to_unit into mean and scale', () => {
    const { settings } = read({ intensity_mode: 'scale_to_unit', mean_values: '0.5', scale_values: '0.25' });
    assert.deepEqual(settings, { meanValues: [127.5], scaleValues: [63.75] });
  });

  it('takes the interpolation that it knows', () => {
    assert.deepEqual(read({ interpolation_mode: 'AREA' }).settings, { interpolation: 'area' });
  });

  it('calls the background by its name', () => {
    assert.deepEqual(read({ labels: 'otx_background_lbl crack' }).settings, { labels: ['background', 'crack'] });
  });

  for (const [name, value] of [
    ['pad_value', '256'],
    ['pad_value', '-1'],
    ['pad_value', '0.5'],
    ['model_type', 'DETRInstSeg'],
    ['task_type', 'keypoint_detection'],
    ['resize_type', 'stretch'],
    ['interpolation_mode', 'CUBIC'],
    ['input_dtype', 'u16'],
    ['intensity_mode', 'percentile'],
    ['blur_strength', '5'],
    ['reverse_input_channels', 'perhaps'],
    ['mean_values', '1 2'],
    ['scale_values', '255 x 1'],
    ['pad_value', 'grey'],
    ['labels', 'a a'],
  ] as const) {
    it(`refuses ${name} "${value}" by name`, () => {
      const { faults } = read({ [name]: value });
      assert.equal(faults.length, 1);
      const text = faults[0]?.text ?? '';
      assert.ok(text.startsWith(`${name} must be `) && text.endsWith(value), text);
    });
  }

  for (const [name, value] of [
    ['pixel_threshold', 'inf'],
    ['normalization_scale', '-inf'],
  ] as const) {
    it(`refuses ${name} "${value}", with which no map would have a defect`, () => {
      const { faults } = read({ model_type: 'anomaly', pixel_threshold: '1', [name]: value });
      assert.deepEqual(faults, [{ text: `${name} must be a number: ${value}` }]);
    });
  }

  it('refuses a normalization_scale of 0', () => {
    const { faults } = read({ model_type: 'anomaly', pixel_threshold: '1', normalization_scale: '0' });
    assert.deepEqual(faults, [{ text: 'normalization_scale must be a number above 0: 0' }]);
  });

  it('warns of tiles', () => {
    assert.match(read({ tile_size: '400' }).warnings.join(), /whole picture/);
  });

  it('warns of the channels of an OTX model', () => {
    assert.match(read({ otx_version: '2.6', reverse_input_channels: 'False' }).warnings.join(), /reverseInputChannels/);
  });
});
