/** What would go wrong: results of one picture written over those of another, or a stack for a folder that is none. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pictureFiles } from '../../src/cli/pictures.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { vectorPath } from '../vectors/load-vectors.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const TEST_UNET = fileURLToPath(new URL('../../../models/test-unet', import.meta.url));

function infer(args: readonly string[], cwd: string): Promise<{ code: unknown; err: string }> {
  const env = { PATH: process.env['PATH'], FLAWLINE_MODEL_PATH: TEST_UNET };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, 'infer', ...args], { cwd, env }, (error, _out, err) =>
      resolve({ code: error?.code ?? 0, err }),
    );
  });
}

async function folders(root: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(root, name));
    await copyFile(vectorPath('images/syn_3x2.png'), join(root, name, 'x.png'));
  }
}

it('infer --out refuses two pictures whose results would have one name, before it inspects any', async () => {
  await using root = await makeTemporaryFolder();
  await folders(root.path, 'a', 'b');
  const { code, err } = await infer(['a', 'b', '--out', 'out'], root.path);
  assert.equal(code, 2);
  assert.match(err, /--out.*a\/x\.png.*b\/x\.png/s);
  assert.ok(!(await readdir(root.path)).includes('out'));
});

it('infer --out refuses a file in place of a folder', async () => {
  await using root = await makeTemporaryFolder();
  await folders(root.path, 'a');
  await writeFile(join(root.path, 'out'), '');
  const { code, err } = await infer(['a', '--out', 'out'], root.path);
  assert.deepEqual([code, /--out takes a folder that can be written: /.test(err)], [2, true]);
  assert.doesNotMatch(err, /at async/);
});

it('pictureFiles() takes the files of a folder, not a folder that has a name like one', async () => {
  await using root = await makeTemporaryFolder();
  await folders(root.path, 'a');
  await mkdir(join(root.path, 'a', 'y.jpg'));
  assert.deepEqual(await pictureFiles(['a'], root.path), [join(root.path, 'a', 'x.png')]);
});
