import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest } from '../../../src/model/manifest.js';

const SHA = 'a'.repeat(64);
const FULL = {
  name: 'surface-defect',
  version: '1.0.0',
  input: { width: 256, height: 256 },
  threshold: 0.4,
  trainedOn: 'drawn surfaces',
  digests: { 'model.xml': SHA, 'model.bin': SHA },
  selfTest: { picture: 'self-test/one.png', defect: 3, maskSha256: SHA, whitePixels: 120 },
};

function faultsOf(change: Record<string, unknown>): readonly string[] {
  return parseManifest(JSON.stringify({ ...FULL, ...change })).faults;
}

test('parseManifest() reads every field', () => {
  const { input: inputSize, threshold, trainedOn: _, ...read } = FULL;
  const manifest = { ...read, settings: { inputSize, threshold } };
  assert.deepEqual(parseManifest(JSON.stringify(FULL)), { manifest, faults: [], unknown: [] });
});

test('parseManifest() needs no field', () => {
  assert.deepEqual(parseManifest('{}'), { manifest: { digests: {}, settings: {} }, faults: [], unknown: [] });
});

test('parseManifest() lets input be for people when it names no size', () => {
  const { manifest, faults } = parseManifest('{"input": {"colours": "B G R"}}');
  assert.deepEqual([manifest?.settings, faults], [{}, []]);
});

test('parseManifest() names every fault at once', () => {
  const { manifest, faults } = parseManifest(
    JSON.stringify({
      name: '',
      version: 1,
      threshold: '0.5',
      digests: { 'a.bin': 'x' },
      selfTest: { picture: '../a.png', score: -1, classes: { a: 2 } },
    }),
  );
  assert.equal(manifest, undefined);
  assert.deepEqual(faults.map((fault) => fault.split(' must ')[0]).sort(), [
    'digests.a.bin',
    'name',
    'selfTest.classes.a',
    'selfTest.defect',
    'selfTest.maskSha256',
    'selfTest.picture',
    'selfTest.score',
    'selfTest.whitePixels',
    'threshold',
    'version',
  ]);
});

test('parseManifest() says field, expectation and value', () => {
  assert.deepEqual(faultsOf({ threshold: 1.5 }), ['threshold must be a number from 0 to 1: 1.5']);
});

test('parseManifest() takes a threshold of 0 and of 1', () => {
  assert.deepEqual([...faultsOf({ threshold: 0 }), ...faultsOf({ threshold: 1 })], []);
});

test('parseManifest() tolerates unknown fields and names them', () => {
  const selfTest = { ...FULL.selfTest, note: 1 };
  assert.deepEqual(parseManifest(JSON.stringify({ ...FULL, author: 'x', selfTest })).unknown, [
    'author',
    'selfTest.note',
  ]);
});

test('parseManifest() refuses a picture or a digest outside the folder', () => {
  for (const picture of ['../a.png', 'a/../../b.png', '/etc/passwd', './a.png', 'a//b', 'a\\b', '', 'a\0']) {
    assert.equal(faultsOf({ selfTest: { ...FULL.selfTest, picture } }).length, 1, picture);
    assert.equal(faultsOf({ digests: { [picture]: SHA } }).length, 1, picture);
  }
});

test('parseManifest() refuses names of more than one line or 100 characters', () => {
  for (const name of ['a\nb', '', 'a'.repeat(101)]) assert.equal(faultsOf({ name }).length, 1, name);
});

test('parseManifest() refuses what is not a JSON object', () => {
  for (const text of ['', '{', '[]', 'null', '"a"', '1']) {
    assert.match(parseManifest(text).faults.join(), /^it must be/, text);
  }
});

test('parseManifest() reads every setting under its name', () => {
  const settings = {
    output: 'mask',
    activation: 'softmax',
    classes: ['background', 'crack'],
    reverseInputChannels: true,
    meanValues: [1, 2, 3],
    scaleValues: [255],
    resizeType: 'crop',
    padValue: 114,
    minRegionPixels: 5,
  };
  const { manifest, faults } = parseManifest(JSON.stringify({ name: 'a', version: '1', channel: 1, ...settings }));
  assert.deepEqual([manifest?.settings, faults], [{ channel: 1, ...settings }, []]);
});

for (const [field, value] of [
  ['input', { width: 0, height: 9 }],
  ['input', { width: 9 }],
  ['output', ''],
  ['activation', 'tanh'],
  ['channel', -1],
  ['classes', []],
  ['classes', ['a', 'a']],
  ['classes', ['__proto__']],
  ['reverseInputChannels', 'yes'],
  ['meanValues', 1],
  ['meanValues', [1, 2]],
  ['scaleValues', ['1']],
  ['resizeType', 'stretch'],
  ['padValue', 256],
  ['minRegionPixels', 0.5],
] as const) {
  test(`parseManifest() refuses ${field} ${JSON.stringify(value)} by name`, () => {
    const faults = faultsOf({ [field]: value });
    assert.equal(faults.length, 1);
    assert.ok(faults[0]?.startsWith(field), faults[0]);
  });
}

test('parseManifest() reads counts of classes in the self-test', () => {
  const { manifest } = parseManifest(
    JSON.stringify({ ...FULL, selfTest: { ...FULL.selfTest, defects: { crack: 3 } } }),
  );
  assert.deepEqual(manifest?.selfTest?.defects, { crack: 3 });
});
