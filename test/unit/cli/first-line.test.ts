/** bin/flawline.js: which of the two builds is started. */
import assert from 'node:assert/strict';
import { copyFile, readdir, utimes } from 'node:fs/promises';
import module from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../src/std/package-root.js';
import { runTool } from '../../support/process/run-tool.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

type Built = 'src' | 'bundle';

/** What it prints where these were built, in this order. */
async function startedOf(...built: readonly Built[]): Promise<string> {
  await using folder = await makeTemporaryFolder();
  return await startIn(folder, built, folder.path);
}

/** What it prints for a user with this home. */
async function startIn(folder: TemporaryFolder, built: readonly Built[], home: string): Promise<string> {
  await folder.write('package.json', '{ "type": "module" }');
  const file = await folder.write('bin/flawline.js', '');
  await copyFile(join(packageRoot, 'bin/flawline.js'), file);
  for (const [at, name] of built.entries()) {
    await utimes(await folder.write(`build/${name}/cli.js`, `process.stdout.write('${name}');`), at, at + 1);
  }
  const env = { HOME: home, XDG_CACHE_HOME: '' };
  const { out, err } = await runTool(process.execPath, [file], { env });
  return out || err;
}

describe('bin/flawline.js', () => {
  it('starts the bundle', async () => {
    assert.equal(await startedOf('src', 'bundle'), 'bundle');
    assert.equal(await startedOf('bundle'), 'bundle');
  });

  it('starts the compiled files where there is no bundle, or an older one', async () => {
    assert.equal(await startedOf('src'), 'src');
    assert.equal(await startedOf('bundle', 'src'), 'src');
  });

  it('says what to do where nothing is built', async () => {
    assert.match(await startedOf(), /npm run setup/);
  });

  it('keeps compiled code in the home of the user, for its threads as well, where this Node can', async () => {
    await using folder = await makeTemporaryFolder();
    const code = "process.stdout.write(process.env.NODE_COMPILE_CACHE ?? 'none');";
    await startIn(folder, ['bundle'], folder.path);
    await folder.write('build/bundle/cli.js', code);
    const env = { HOME: folder.path, XDG_CACHE_HOME: '' };
    const { out } = await runTool(process.execPath, [join(folder.path, 'bin/flawline.js')], { env });
    const kept = join(folder.path, '.cache/flawline/compiled');
    const can = 'enableCompileCache' in module;
    assert.equal(out, can ? kept : 'none');
    assert.equal((await readdir(kept).catch(() => [])).length, can ? 1 : 0);
  });

  it('starts where nothing can be kept', async () => {
    await using folder = await makeTemporaryFolder();
    const noFolder = await folder.write('home', '');
    assert.equal(await startIn(folder, ['bundle'], noFolder), 'bundle');
  });
});
