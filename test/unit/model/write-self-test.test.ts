import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeSelfTest } from '../../../src/model/write-self-test.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

const RECORDED = { defect: 1, maskSha256: 'ab'.repeat(32), whitePixels: 9 };
// printf new | sha256sum
const SHA256_OF_NEW = '11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437';

/** What stands in m/model.json after `picture` was recorded; its bytes are "new". */
async function written(folder: TemporaryFolder, picture: string, manifest: object): Promise<Record<string, unknown>> {
  await folder.write('m/model.json', JSON.stringify(manifest));
  const path = await folder.write(picture, 'new');
  const model = { path: join(folder.path, 'm/model.xml'), manifest: join(folder.path, 'm/model.json') };
  return JSON.parse(await readFile(await writeSelfTest(model, path, RECORDED), 'utf8')) as Record<string, unknown>;
}

describe('writeSelfTest()', () => {
  it('writes the entry and leaves everything else', async () => {
    await using folder = await makeTemporaryFolder();
    const digests = { 'model.xml': 'x' };
    assert.deepEqual(await written(folder, 'm/in/a.png', { name: 'n', digests, more: 1 }), {
      name: 'n',
      digests,
      more: 1,
      selfTest: { picture: 'in/a.png', ...RECORDED },
    });
  });

  it('copies a picture that lies outside of the folder, and brings its digest up to date', async () => {
    await using folder = await makeTemporaryFolder();
    await folder.write('m/self-test.jpg', 'old');
    const { digests } = await written(folder, 'a.jpg', { digests: { 'model.xml': 'x', 'self-test.jpg': 'old' } });
    assert.equal(await readFile(join(folder.path, 'm/self-test.jpg'), 'utf8'), 'new');
    assert.deepEqual(digests, { 'model.xml': 'x', 'self-test.jpg': SHA256_OF_NEW });
  });

  it('refuses a model.json that is no object', async () => {
    await using folder = await makeTemporaryFolder();
    await assert.rejects(written(folder, 'a.jpg', []), { code: 'ERR_MODEL_LOAD' });
  });
});
