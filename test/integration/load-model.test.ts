import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type LoadModelOptions, loadModel } from '../../src/model/load-model.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const SELF_TEST = { picture: 'one.png', defect: 1, maskSha256: sha256('mask'), whitePixels: 9 };

/** Loads with cwd and package root in the test's own folder. */
function load(folder: TemporaryFolder, options: Partial<LoadModelOptions> = {}) {
  return loadModel({ cwd: folder.path, packageRoot: join(folder.path, 'package'), ...options });
}

async function writeIr(folder: TemporaryFolder, name: string): Promise<string> {
  await folder.write(`${name}.bin`, 'weights');
  return folder.write(`${name}.xml`, '<net/>');
}

test('loadModel() without model.json names the model after its folder and its bytes', async () => {
  await using folder = await makeTemporaryFolder();
  const path = await writeIr(folder, 'crack/model');
  const { spec, digest, warnings } = await load(folder, { path: 'crack' });
  const expected = sha256('<net/>weights');
  assert.deepEqual(spec, { name: 'crack', version: expected.slice(0, 8), path });
  assert.equal(digest, expected);
  assert.deepEqual(warnings, []);
});

test('loadModel() names a file that is not called model after itself', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('unet.onnx', 'x');
  assert.equal((await load(folder, { path: 'unet.onnx' })).spec.name, 'unet');
});

test('loadModel() takes name, version, threshold and self-test of model.json', async () => {
  await using folder = await makeTemporaryFolder();
  const path = await writeIr(folder, 'm/model');
  const picture = await folder.write('m/one.png', 'png');
  const digests = { 'model.xml': sha256('<net/>'), 'model.bin': sha256('weights') };
  const manifest = { name: 'n', version: '2', threshold: 0.3, digests, selfTest: SELF_TEST };
  await folder.write('m/model.json', JSON.stringify(manifest));
  const { spec, warnings } = await load(folder, { path: 'm' });
  assert.deepEqual(spec, { name: 'n', version: '2', path, threshold: 0.3, selfTest: { ...SELF_TEST, picture } });
  assert.deepEqual(warnings, []);
});

test('loadModel() takes the configured threshold before that of model.json', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('model.onnx', 'x');
  await folder.write('model.json', JSON.stringify({ name: 'n', version: '1', threshold: 0.3 }));
  assert.equal((await load(folder, { path: '.', settings: { threshold: 0 } })).spec.threshold, 0);
});

test('loadModel() refuses a file whose bytes are not those of its digest', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('model.onnx', 'changed');
  const digests = { 'model.onnx': sha256('original') };
  await folder.write('model.json', JSON.stringify({ name: 'n', version: '1', digests }));
  await assert.rejects(load(folder, { path: '.' }), {
    code: 'ERR_MODEL_LOAD',
    message: new RegExp(`digests.model.onnx must be the file's sha256, ${sha256('changed')}`),
  });
});

test('loadModel() names every fault of model.json in one error', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('model.onnx', 'x');
  await folder.write('model.json', '{"threshold": 2, "name": "", "version": 1}');
  await assert.rejects(load(folder, { path: '.' }), {
    code: 'ERR_MODEL_LOAD',
    message: /name must.*version must.*threshold must/,
  });
});

test('loadModel() makes name and version of the files where model.json has none', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('m/model.onnx', 'x');
  await folder.write('m/model.json', '{"threshold": 0.3}');
  const { spec, warnings } = await load(folder, { path: 'm' });
  assert.deepEqual([spec.name, spec.version, spec.threshold], ['m', sha256('x').slice(0, 8), 0.3]);
  assert.deepEqual(warnings, [], 'a changed file has another version');
});

test('loadModel() warns of unknown fields and of files without a digest', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('model.onnx', 'x');
  await folder.write('model.json', JSON.stringify({ name: 'n', version: '1', author: 'me' }));
  const { warnings } = await load(folder, { path: '.' });
  assert.equal(warnings.length, 2);
  assert.match(warnings.join(), /"author" means nothing here.*does not list model.onnx/);
});

test('loadModel() refuses a self-test picture that a link leads out of the folder', async () => {
  await using folder = await makeTemporaryFolder();
  const outside = await folder.write('secret.png', 'x');
  await folder.write('m/model.onnx', 'x');
  await folder.write('m/model.json', JSON.stringify({ name: 'n', version: '1', selfTest: SELF_TEST }));
  await symlink(outside, join(folder.path, 'm/one.png'));
  await assert.rejects(load(folder, { path: 'm' }), {
    code: 'ERR_MODEL_LOAD',
    message: /must be in the model's folder/,
  });
});

test('loadModel() follows links that stay in the folder, as mounted volumes make them', async () => {
  await using folder = await makeTemporaryFolder();
  const real = await folder.write('m/..data/one.png', 'x');
  await folder.write('m/model.onnx', 'x');
  await folder.write('m/model.json', JSON.stringify({ name: 'n', version: '1', selfTest: SELF_TEST }));
  await symlink('..data/one.png', join(folder.path, 'm/one.png'));
  assert.equal((await load(folder, { path: 'm' })).spec.selfTest?.picture, real);
});

test('loadModel() says which file of model.json is missing', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('model.onnx', 'x');
  await folder.write('model.json', JSON.stringify({ name: 'n', version: '1', selfTest: SELF_TEST }));
  await assert.rejects(load(folder, { path: '.' }), { code: 'ERR_MODEL_LOAD', message: /must be there: .*one\.png/ });
});

test('loadModel() without a path prefers models/model.xml, then .onnx, then the shipped model', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('package/models/test-unet/model.onnx', 'x');
  assert.equal((await load(folder)).origin, 'shipped');
  await folder.write('package/models/surface-defect/model.onnx', 'x');
  assert.equal((await load(folder)).spec.name, 'surface-defect');
  await folder.write('models/model.onnx', 'x');
  assert.equal((await load(folder)).origin, 'models folder');
  const xml = await writeIr(folder, 'models/model');
  assert.equal((await load(folder)).spec.path, xml);
});

test('loadModel() takes the only model of a folder, with model.json', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('m/unet.onnx', 'x');
  await folder.write('m/model.json', JSON.stringify({ name: 'n', version: '1' }));
  assert.equal((await load(folder, { path: 'm' })).spec.name, 'n');
});

test('loadModel() leaves model.json to model.xml: a variant beside it has a description of its own', async () => {
  await using folder = await makeTemporaryFolder();
  await writeIr(folder, 'm/model');
  await writeIr(folder, 'm/model-int8');
  await folder.write('m/model.json', JSON.stringify({ name: 'n', version: '1' }));
  assert.equal((await load(folder, { path: 'm/model-int8.xml' })).spec.name, 'model-int8');
  await folder.write('m/model-int8.json', JSON.stringify({ name: 'n8', version: '1' }));
  assert.equal((await load(folder, { path: 'm/model-int8.xml' })).spec.name, 'n8');
});

test('loadModel() refuses what is no model, with the reason', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('two/a.onnx', 'x');
  await folder.write('two/b.onnx', 'x');
  await folder.write('text.txt', 'x');
  await folder.write('lonely.xml', 'x');
  await mkdir(join(folder.path, 'empty'));
  const cases: readonly [string | undefined, RegExp][] = [
    [undefined, /must be there: none below/],
    ['https://models.example/model.xml', /must be a local path/],
    ['file:///model.xml', /must be a local path/],
    ['nowhere', /must exist/],
    ['text.txt', /must be a \.xml file, a \.onnx file or a folder/],
    ['empty', /one model alone: none/],
    ['two', /one model alone: a\.onnx, b\.onnx/],
    ['lonely.xml', /lonely\.bin is not there/],
  ];
  for (const [path, message] of cases) {
    await assert.rejects(load(folder, path === undefined ? {} : { path }), { code: 'ERR_MODEL_LOAD', message });
  }
});

/** An IR that says this of itself. */
const irSaying = (entries: string) => `<net/><rt_info><model_info>${entries}</model_info></rt_info></net>`;

test('loadModel() takes what the model says of itself, and model.json before it', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('model.bin', 'weights');
  await folder.write('model.xml', irSaying('<reverse_input_channels value="True"/><scale_values value="255"/>'));
  await folder.write('model.json', '{"name": "n", "version": "1", "scaleValues": [1]}');
  const { spec, sources } = await load(folder, { path: '.' });
  assert.deepEqual(spec.settings, { reverseInputChannels: true, scaleValues: [1] });
  assert.deepEqual([sources.reverseInputChannels, sources.scaleValues], ['rt_info', 'model.json']);
});

test('loadModel() refuses what is not done here of what the model says, by name', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('model.bin', 'weights');
  await folder.write('model.xml', irSaying('<model_type value="DETRInstSeg"/><resize_type value="stretch"/>'));
  await assert.rejects(load(folder, { path: '.' }), {
    code: 'ERR_MODEL_CONTRACT',
    message: /model_type must be .*: DETRInstSeg; resize_type must be .*: stretch$/,
  });
});

for (const [entry, settings] of [
  ['<resize_type value="stretch"/>', { resizeType: 'standard' }],
  ['<labels value="a a"/>', { classes: ['a', 'b'] }],
  ['<labels value="a a"/>', { channel: 1 }],
  ['<mean_values value="1 2"/>', { meanValues: [1] }],
] as const) {
  test(`loadModel() lets ${Object.keys(settings)} of a stronger source take the place of ${entry}`, async () => {
    await using folder = await makeTemporaryFolder();
    await folder.write('model.bin', 'weights');
    await folder.write('model.xml', irSaying(entry));
    await assert.rejects(load(folder, { path: '.' }), { code: 'ERR_MODEL_CONTRACT' });
    assert.deepEqual((await load(folder, { path: '.', settings })).spec.settings, settings);
  });
}

test('loadModel() takes the weights beside an .onnx into the digest', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('net.onnx', 'graph');
  await folder.write('net.onnx.data', 'weights');
  assert.equal((await load(folder, { path: '.' })).digest, sha256('graphweights'));
});
