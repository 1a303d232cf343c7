import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pictureFiles, readPicture } from '../../../src/cli/pictures.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

test('pictureFiles() takes the files of a folder, not a folder that has a name like one', async () => {
  await using root = await makeTemporaryFolder();
  await root.write('x.png', '');
  await mkdir(join(root.path, 'y.jpg'));
  assert.deepEqual(await pictureFiles(['.'], root.path), [join(root.path, 'x.png')]);
});

for (const [title, make, rule] of [
  ['what is not there', async () => undefined, /^There is no file or folder "x"$/],
  ['a folder without a picture', (path: string) => mkdir(path), /^The folder "x" has no picture/],
  ['a name that cannot be followed', (path: string) => symlink('x', path), /^"x" cannot be read: ELOOP/],
] as const) {
  test(`pictureFiles() refuses ${title} in one sentence`, async () => {
    await using root = await makeTemporaryFolder();
    await make(join(root.path, 'x'));
    await assert.rejects(pictureFiles(['x'], root.path), { name: 'UsageError', message: rule });
  });
}

test('readPicture() refuses a folder in one sentence', async () => {
  await using root = await makeTemporaryFolder();
  await assert.rejects(readPicture(root.path), { name: 'UsageError', message: /cannot be read: EISDIR/ });
});
