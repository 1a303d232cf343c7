import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { unpackPlugin, ZIP_LIMITS } from '../../../src/rest/plugin-zip.js';
import { TEST_MODEL } from '../../support/engine/test-model.js';
import { pluginZip } from '../../support/service/plugin-zip.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { type ZipContent, zip } from '../../support/zip-writer.js';

const DESCRIPTION = { name: 'defect.json', data: Buffer.from('{"functions":["inference"]}') };
const IR: readonly ZipContent[] = [
  { name: 'models/model.xml', data: Buffer.from('<net/>') },
  { name: 'models/model.bin', data: Buffer.from('weights') },
];

async function unpack(archive: Uint8Array, limits = ZIP_LIMITS) {
  const folder = await makeTemporaryFolder();
  const path = await folder.write('a.zip', archive);
  const target = join(folder.path, 'model');
  try {
    const description = await unpackPlugin(path, { name: 'defect', folder: target, limits });
    const names = (await readdir(target)).sort();
    const files = await Promise.all(
      names.map(async (name) => [name, (await readFile(join(target, name))).toString('latin1')] as const),
    );
    return { description, files: Object.fromEntries(files) };
  } finally {
    await folder[Symbol.asyncDispose]();
  }
}

test('the tutorial’s zip gives its model and its functions, and none of its programs', async () => {
  const { description, files } = await unpack(await pluginZip({ model: TEST_MODEL }));
  assert.deepEqual(description, {
    version: 'v1.0.0',
    language: 'python',
    executable: 'main.py',
    functions: ['inference'],
  });
  assert.deepEqual(Object.keys(files), ['model.bin', 'model.xml']);
});

test('model.json is taken from beside the model, else from the top', async () => {
  const manifest = (data: string, name: string) => ({ name, data: Buffer.from(data) });
  const both = [manifest('{"near":1}', 'models/model.json'), manifest('{"far":1}', 'model.json')];
  assert.equal((await unpack(zip([DESCRIPTION, ...IR, ...both]))).files['model.json'], '{"near":1}');
  assert.equal((await unpack(zip([DESCRIPTION, ...IR, ...both.slice(1)]))).files['model.json'], '{"far":1}');
});

test('a model that is called as the plugin is described by no other file', async () => {
  const files = [
    { name: 'defect.xml', data: Buffer.from('<net/>') },
    { name: 'defect.bin', data: Buffer.from('w') },
  ];
  assert.deepEqual(Object.keys((await unpack(zip([DESCRIPTION, ...files]))).files), ['model.bin', 'model.xml']);
});

test('an ONNX model keeps its name and the data beside it', async () => {
  const files = [
    { name: 'net.onnx', data: Buffer.from('o') },
    { name: 'net.onnx.data', data: Buffer.from('d') },
  ];
  assert.deepEqual(Object.keys((await unpack(zip([DESCRIPTION, ...files]))).files), ['net.onnx', 'net.onnx.data']);
});

const linked = zip([DESCRIPTION, ...IR, { name: 'models/link.json', data: Buffer.from('/etc/passwd') }]);
// The attributes of the last entry of the directory: a symbolic link.
linked.writeUInt32LE((0o120777 << 16) >>> 0, linked.lastIndexOf('models/link.json') - 8);

const small = { ...ZIP_LIMITS, entries: 4, archiveBytes: 4096, unpackedBytes: 4096 };
const REFUSED: readonly (readonly [what: string, archive: Uint8Array, message: RegExp, limits?: typeof ZIP_LIMITS])[] =
  [
    ['no zip', Buffer.from('PK but no zip'), /invalid zip file: /],
    ['an archive that was cut', zip([DESCRIPTION, ...IR]).subarray(0, -30), /invalid zip file: /],
    ['a name that leads out', zip([DESCRIPTION, ...IR, { name: '../evil.json', data: Buffer.from('{}') }]), /\.\./],
    ['an absolute name', zip([DESCRIPTION, ...IR, { name: '/etc/evil.json', data: Buffer.from('{}') }]), /absolute/],
    ['a link', linked, /link\.json" is a link/],
    ['a name twice', zip([DESCRIPTION, ...IR, ...IR]), /twice/],
    [
      'too many entries',
      zip([DESCRIPTION, ...IR, { name: 'a', data: Buffer.from('') }, { name: 'b', data: Buffer.from('') }]),
      /5 entries, more than 4/,
      small,
    ],
    [
      'too large an archive',
      zip([DESCRIPTION, ...IR, { name: 'a', data: Buffer.alloc(5000, 1), isStored: true }]),
      /more than 4096/,
      small,
    ],
    [
      'files that are too large',
      zip([DESCRIPTION, ...IR, { name: 'a', data: Buffer.alloc(5000) }]),
      /more than 4096 bytes/,
      small,
    ],
    ['a bomb', zip([DESCRIPTION, ...IR, { name: 'a.bin', data: Buffer.alloc(4 * 2 ** 20) }]), /times as large/],
    [
      'another plugin’s description',
      zip([{ name: 'other.json', data: Buffer.from('{}') }, ...IR]),
      /^fail to install plugin: missing or invalid json file defect\.json, found 3 files in total$/,
    ],
    [
      'a description that is no JSON',
      zip([{ name: 'defect.json', data: Buffer.from('{') }, ...IR]),
      /invalid json file defect\.json/,
    ],
    [
      'no functions',
      zip([{ name: 'defect.json', data: Buffer.from('{"functions":[]}') }, ...IR]),
      /must name functions/,
    ],
    [
      'a function’s name that is none',
      zip([{ name: 'defect.json', data: Buffer.from('{"functions":["a b"]}') }, ...IR]),
      /must name functions/,
    ],
    [
      'sources',
      zip([{ name: 'defect.json', data: Buffer.from('{"functions":["f"],"sources":["s"]}') }, ...IR]),
      /has sources/,
    ],
    ['no model', zip([DESCRIPTION]), /one model.*none/],
    ['weights that are missing', zip([DESCRIPTION, ...IR.slice(0, 1)]), /one model.*none/],
    [
      'two models',
      zip([DESCRIPTION, { name: 'a.onnx', data: Buffer.from('') }, { name: 'b.onnx', data: Buffer.from('') }]),
      /a\.onnx, b\.onnx/,
    ],
    [
      'a length that is a lie',
      zip([DESCRIPTION, ...IR.slice(0, 1), { name: 'models/model.bin', data: Buffer.from('abc'), saysBytes: 2 }]),
      /invalid zip file/,
    ],
  ];

for (const [what, archive, message, limits] of REFUSED) {
  test(`a zip with ${what} is refused`, async () => {
    await assert.rejects(unpack(archive, limits), { name: 'RestError', code: 1000, status: 400, message });
  });
}
