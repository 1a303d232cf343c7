import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkModelFile } from '../../../src/engine/model-file.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12345\n';

describe('checkModelFile()', () => {
  for (const [what, files, message] of [
    ['a Git LFS pointer', { 'm.onnx': LFS }, /m\.onnx as .*: this is a Git LFS pointer\. .*: git lfs pull$/],
    [
      'weights that are a Git LFS pointer',
      { 'm.xml': '<net version="11">', 'm.bin': LFS },
      /m\.bin as .*git lfs pull$/,
    ],
    [
      'external data that are a Git LFS pointer',
      { 'm.onnx': 'x', 'm.onnx.data': LFS },
      /m\.onnx\.data as .*git lfs pull$/,
    ],
    ['a web page', { 'm.onnx': '\n<!DOCTYPE html><title>Sign in' }, /this is a web page/],
    [
      'an IR of version 7',
      { 'm.xml': '<?xml?>\n<net name="a" version="7">' },
      /must be IR version 10 or newer: version 7\./,
    ],
  ] as const) {
    it(`names ${what}`, async () => {
      await using folder = await makeTemporaryFolder();
      const paths = await Promise.all(Object.entries(files).map(([name, text]) => folder.write(name, text)));
      assert.throws(() => checkModelFile(paths[0] ?? ''), { code: 'ERR_MODEL_LOAD', message });
    });
  }

  it('takes an IR of version 10, whatever versions its layers have', async () => {
    await using folder = await makeTemporaryFolder();
    const path = await folder.write('m.xml', '<net name="a" version="10"><layer id="0" version="opset1"/>');
    assert.equal(checkModelFile(path), path);
  });
});
