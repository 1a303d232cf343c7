import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { KEYS } from '../../src/config/schema.js';
import { parseManifest } from '../../src/model/manifest.js';
import { settingsOf } from '../../src/model/metadata-settings.js';
import { DEFAULT_SETTINGS } from '../../src/model/settings.js';
import { packageRoot } from '../../src/std/package-root.js';

const page = readFileSync(join(packageRoot, 'docs/models.md'), 'utf8');

test('docs/models.md shows a model.json that is right and has no unknown field', () => {
  const example = /```json\n([^`]*)```/.exec(page)?.[1] ?? '';
  const { faults, unknown } = parseManifest(example);
  assert.deepEqual([faults, unknown], [[], []]);
});

/** Cells without backticks of the table whose head begins so. */
function rowsOf(head: string): readonly string[][] {
  const rows =
    page
      .slice(page.indexOf(`\n${head}`) + 1)
      .split('\n\n')[0]
      ?.split('\n') ?? [];
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** A value of each entry that says something else than the default. */
const SAMPLES: Readonly<Record<string, string>> = {
  interpolation_mode: 'AREA',
  orig_width: '64',
  orig_height: '64',
  reverse_input_channels: 'True',
  mean_values: '1',
  scale_values: '2',
  resize_type: 'crop',
  pad_value: '3',
  blur_strength: '-1',
  pixel_threshold: '4',
  labels: 'a b',
  soft_threshold: '0.3',
  confidence_threshold: '0.4',
  iou_threshold: '0.6',
  nms_execute: 'True',
  multilabel: 'True',
  task_type: 'detection',
  model_type: 'YOLOX',
  hierarchical: 'True',
  hierarchical_config: JSON.stringify({
    cls_heads_info: {
      head_idx_to_logits_range: { 0: [0, 2] },
      num_single_label_classes: 2,
      class_to_group_idx: { a: [0, 0], b: [0, 1] },
      label_to_idx: { a: 0, b: 1 },
    },
    label_tree_edges: [],
  }),
};
/** Entries that mean something only for detectors and classifiers. */
const OF_OBJECTS = ['confidence_threshold', 'iou_threshold', 'nms_execute', 'multilabel', 'hierarchical'];

describe('docs/models.md, table of settings', () => {
  const rows = rowsOf('| model.json | configuration |');
  const settings = Object.keys(DEFAULT_SETTINGS);
  const keyOf = (field = '') => (field === 'input' ? 'inputSize' : field);
  const withoutField: Readonly<Record<string, string>> = {
    pixel_threshold: 'anomalyScale',
    labels: 'labels',
    nms_execute: 'suppressesBoxes',
    'hierarchical, hierarchical_config': 'hierarchy',
  };

  it('has a row for every setting, in their order of use', () => {
    const found = rows.map(([field, , metadata = '']) => (field === '–' ? withoutField[metadata] : keyOf(field)));
    assert.deepEqual(found.toSorted(), settings.toSorted());
  });

  for (const [field = '', key = '', metadata = ''] of rows) {
    const name = field === '–' ? metadata : field;
    it(`${name}: model.json knows it as it says`, () => {
      const { faults, unknown } = parseManifest(JSON.stringify({ name: 'a', version: '1', [field]: 'nonsense' }));
      assert.deepEqual([faults.length > 0 || field === 'output', unknown], field === '–' ? [false, ['–']] : [true, []]);
    });
    it(`${name}: the configuration has a key for it as it says`, () => {
      assert.equal(KEYS.has(`model.${field}`) ? `model.${field}` : '–', key);
    });
    it(`${name}: metadata say it in these words`, () => {
      const entries = metadata === '–' ? [] : metadata.split(', ');
      const model = new Map(entries.map((entry) => [entry, SAMPLES[entry] ?? '']));
      if (entries.includes('pixel_threshold')) model.set('model_type', 'AnomalyDetection');
      if (entries.includes('soft_threshold')) model.set('blur_strength', '1');
      if (entries.some((entry) => OF_OBJECTS.includes(entry))) model.set('task_type', 'classification');
      const setting = field === '–' ? (withoutField[metadata] ?? '') : keyOf(field);
      assert.equal(Object.hasOwn(settingsOf(model).settings, setting), entries.length > 0);
    });
  }
});

describe('docs/models.md, table of refused metadata', () => {
  const rows = rowsOf('| entry | refused |');
  it('is there', () => assert.equal(rows.length, 7));
  for (const [entry = '', value = ''] of rows) {
    it(`${entry} ${value} is refused`, () => {
      assert.equal(settingsOf(new Map([[entry, value]])).faults.length, 1);
    });
  }
});
