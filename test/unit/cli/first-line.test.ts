/** bin/flawline.js: which of the two builds is started. */
import assert from 'node:assert/strict';
import { copyFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../src/std/package-root.js';
import { runTool } from '../../support/process/run-tool.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

/** What it prints where these were built, in this order. */
async function startedOf(...built: readonly ('src' | 'bundle')[]): Promise<string> {
  await using folder = await makeTemporaryFolder();
  await folder.write('package.json', '{ "type": "module" }');
  const file = await folder.write('bin/flawline.js', '');
  await copyFile(join(packageRoot, 'bin/flawline.js'), file);
  for (const [at, name] of built.entries()) {
    await utimes(await folder.write(`build/${name}/cli.js`, `process.stdout.write('${name}');`), at, at + 1);
  }
  const { out, err } = await runTool(process.execPath, [file]);
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
});
