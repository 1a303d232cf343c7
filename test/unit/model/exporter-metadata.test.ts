import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exporterSettings, parseExporterYaml } from '../../../src/model/exporter-metadata.js';

const DETECT = 'stride: 32\ntask: detect\nimgsz:\n- 320\n- 640\nnames:\n  0: scratch\n  1: big dent\n';
const read = (yaml: string) => exporterSettings(parseExporterYaml(yaml) ?? {});

describe('exporterSettings()', () => {
  it('reads what Ultralytics writes beside an IR', () => {
    assert.deepEqual(read(DETECT), {
      settings: {
        labels: ['scratch', 'big dent'],
        task: 'detection',
        inputSize: { width: 640, height: 320 },
        reverseInputChannels: true,
        scaleValues: [255],
        resizeType: 'fit_to_window_letterbox',
        padValue: 114,
      },
      faults: [],
      warnings: [],
    });
  });

  it('has a classifier without a letterbox', () => {
    const settings = read(DETECT.replace('detect', 'classify'))?.settings;
    assert.deepEqual(
      [settings?.task, settings?.resizeType, settings?.padValue],
      ['classification', 'shorter_edge_crop', undefined],
    );
  });

  it('reads the same from the texts of an ONNX file', () => {
    const properties = {
      stride: '32',
      task: 'segment',
      imgsz: '[160, 161]',
      names: `{0: 'it\\'s', 1: "a, b", 2: 'c'}`,
    };
    const found = exporterSettings(properties);
    assert.deepEqual(found?.settings.inputSize, { width: 192, height: 160 }); // whole strides
    assert.equal(found?.faults.length, 1); // names with marks are told, not bent
    assert.deepEqual(exporterSettings({ ...properties, names: "{0: 'a', 1: 'b c'}" })?.settings.labels, ['a', 'b c']);
  });

  it('knows the file of the YOLOv5 repository, which has stride and names alone', () => {
    assert.deepEqual(read('stride: 32\nnames:\n  0: a\n')?.settings, {
      layout: 'yolov5',
      task: 'detection',
      labels: ['a'],
    });
    assert.deepEqual(read('stride: 32\nnames: [a, b]\n')?.settings.labels, ['a', 'b']);
  });

  for (const [task, words] of [
    ['pose', 'key points of poses'],
    ['obb', 'rotated boxes'],
    ['semantic', 'maps of class numbers'],
    ['track', 'tracks'],
  ] as const) {
    it(`refuses ${task} by name`, () => {
      const text = read(DETECT.replace('detect', task))?.faults[0]?.text ?? '';
      assert.match(
        text,
        new RegExp(`^task must be detect, segment, classify, and .*${words} are not done here: ${task}$`),
      );
    });
  }

  for (const yaml of ['', 'a: [', 'just text', '- 1\n', 'names: x\n', 'stride: 32\n', 'a: &x 1\nb: *x\n']) {
    it(`takes ${JSON.stringify(yaml)} for another file`, () => assert.equal(read(yaml), undefined));
  }

  for (const names of ['{1: a}', '{0: a, 2: b}', 'no']) {
    it(`tells that names ${names} are none`, () => {
      assert.equal(read(`stride: 32\ntask: detect\nnames: ${names}\n`)?.faults[0]?.setting, 'labels');
    });
  }
});
