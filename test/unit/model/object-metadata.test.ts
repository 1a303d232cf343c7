import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsOf } from '../../../src/model/metadata-settings.js';

const read = (entries: Readonly<Record<string, string>>) => settingsOf(new Map(Object.entries(entries)));
const DETECTOR = { model_type: 'ssd', task_type: 'detection' };

describe('settingsOf() of detectors and classifiers', () => {
  it('takes names with their blanks, thresholds and the flag that asks for suppression', () => {
    const { settings } = read({
      ...DETECTOR,
      labels: 'scratch big_dent',
      label_info: '{"label_names": ["scratch", "big dent"]}',
      confidence_threshold: '0.35',
      iou_threshold: '0.6',
      nms_execute: 'True',
    });
    assert.deepEqual(settings, {
      task: 'detection',
      labels: ['scratch', 'big dent'],
      threshold: 0.35,
      iouThreshold: 0.6,
      suppressesBoxes: true,
    });
  });

  it('leaves out the label that no object has', () => {
    const labels = 'getitune_empty_lbl scratch dent';
    assert.deepEqual(read({ model_type: 'MaskRCNN', labels }).settings, {
      task: 'instance-segmentation',
      labels: ['scratch', 'dent'],
    });
  });

  for (const [version, flag, wantsRgb] of [
    ['getitune_version', 'False', true],
    ['otx_version', 'True', false],
  ] as const) {
    it(`takes reverse_input_channels ${flag} of ${version} as turning R G B around`, () => {
      const { settings, warnings } = read({ ...DETECTOR, [version]: '1', reverse_input_channels: flag });
      assert.deepEqual([settings.reverseInputChannels, warnings], [wantsRgb, []]);
    });
  }

  it('leaves it as it is of other files', () => {
    assert.equal(read({ ...DETECTOR, reverse_input_channels: 'YES' }).settings.reverseInputChannels, true);
  });

  it('knows Ultralytics’ classifiers by the resizing that is not there', () => {
    const entries = { model_type: 'YOLO', labels: 'a b', reverse_input_channels: 'YES', scale_values: '255' };
    const { settings, faults } = read(entries);
    assert.deepEqual([settings.task, settings.resizeType, faults], ['classification', 'shorter_edge_crop', []]);
    const detector = read({ ...entries, resize_type: 'fit_to_window_letterbox' }).settings;
    assert.deepEqual([detector.task, detector.resizeType], [undefined, 'fit_to_window_letterbox']);
  });

  it('refuses a hierarchy that it cannot read', () => {
    const { faults } = read({ model_type: 'Classification', hierarchical: 'True', hierarchical_config: '{}' });
    assert.match(faults[0]?.text ?? '', /^hierarchical_config must have groups/);
  });
});
