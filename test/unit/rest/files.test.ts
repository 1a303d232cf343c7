import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFileDoor } from '../../../src/rest/files.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

test('a file below one of the folders is opened, also by a link that stays inside', async () => {
  await using folder = await makeTemporaryFolder();
  const file = await folder.write('in/deep/a.zip', 'a');
  await symlink(file, join(folder.path, 'in/link.zip'));
  const door = createFileDoor([join(folder.path, 'other'), join(folder.path, 'in')]);
  assert.equal(await door.open(`file://${file}`), file);
  assert.equal(await door.open(`file://${folder.path}/in/link.zip`), file);
});

test('nothing else is opened, and nothing is said of what lies there', async () => {
  await using folder = await makeTemporaryFolder();
  const outside = await folder.write('outside.zip', 'a');
  const inside = join(folder.path, 'in');
  await folder.write('in/a.zip', 'a');
  await symlink(outside, join(inside, 'link.zip'));
  const door = createFileDoor([inside]);
  const outsiders = [
    outside,
    `${folder.path}/nothing.zip`,
    `${inside}/../outside.zip`,
    `${inside}/link.zip`,
    `${inside}-2/a.zip`,
    '/etc/passwd',
    inside,
  ];
  for (const path of outsiders) {
    await assert.rejects(door.open(`file://${path}`), { code: 1000, message: /the key rest\.files/ }, path);
  }
  await assert.rejects(door.open(`file://${inside}/%2e%2e/outside.zip`), /the key rest\.files/);
});

test('a file that is not there, a folder and another scheme are refused in eKuiper’s words', async () => {
  await using folder = await makeTemporaryFolder();
  await folder.write('in/deep/a.zip', 'a');
  const door = createFileDoor([join(folder.path, 'in')]);
  const uri = `file://${folder.path}/in/nothing.zip`;
  await assert.rejects(door.open(uri), {
    message: `fail to download file ${uri}: stat ${folder.path}/in/nothing.zip: no such file or directory`,
  });
  await assert.rejects(door.open(`file://${folder.path}/in/deep`), /must be a file/);
  await assert.rejects(door.open(''), { message: 'invalid uri ' });
  for (const uri of ['http://example.org/a.zip', 'https://a', 'ftp://a', 'a.zip', '/a.zip', 'file://elsewhere/a.zip']) {
    await assert.rejects(door.open(uri), /only file:|rest\.files/, uri);
  }
});
