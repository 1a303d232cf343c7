import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pictureFiles } from '../../../src/cli/pictures.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

test('pictureFiles() takes the files of a folder, not a folder that has a name like one', async () => {
  await using root = await makeTemporaryFolder();
  await root.write('x.png', '');
  await mkdir(join(root.path, 'y.jpg'));
  assert.deepEqual(await pictureFiles(['.'], root.path), [join(root.path, 'x.png')]);
});
