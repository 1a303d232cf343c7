/** What a user gets from the npm registry: the packed package, installed into an empty project, runs its demo. */
import assert from 'node:assert/strict';
import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot, version } from '../../src/std/package-root.js';
import { runTool, type ToolRun } from '../support/process/run-tool.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let project: string;

/** As typed in the project; nothing of this checkout's configuration. */
const npx = (...args: string[]): Promise<ToolRun> =>
  runTool('npx', ['--no-install', 'flawline', ...args], { cwd: project });

describe('the packed package', () => {
  before(async () => {
    folder = await makeTemporaryFolder();
    project = join(folder.path, 'project');
    const packed = await runTool('npm', ['pack', '--silent', '--pack-destination', folder.path], { cwd: packageRoot });
    assert.equal(packed.code, 0, packed.err);
    await folder.write('project/package.json', '{ "name": "a-factory", "private": true }');
    const tarball = join(folder.path, packed.out.trim());
    const installed = await runTool('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: project });
    assert.equal(installed.code, 0, installed.err);
    // `flawline setup` would download what the checkout has: the same files at the same place.
    await symlink(join(packageRoot, 'runtime'), join(project, 'node_modules/flawline/runtime'));
  });

  after(async () => {
    await rm(folder.path, { recursive: true, force: true });
  });

  it('says its version', async () => {
    assert.equal((await npx('--version')).out.trim(), version);
  });

  it('npx flawline demo shows results', async () => {
    const { code, out, err } = await npx('demo', '--count', '5');
    assert.equal(code, 0, err);
    assert.equal(out.split('\n').filter((line) => /^ *\d+ /.test(line)).length, 5, out);
  });

  it('has what it needs to run and to read, no test, no source map', async () => {
    const installed = join(project, 'node_modules/flawline');
    const files = (await readdir(installed, { recursive: true })).filter((file) => !file.startsWith('runtime'));
    for (const needed of ['LICENSE', 'README.md', 'CHANGELOG.md', 'docs/configuration.md', 'src/web/index.html']) {
      assert.ok(files.includes(needed), needed);
    }
    assert.deepEqual(
      files.filter((file) => /\.map$|(^|\/)test\//.test(file)),
      [],
    );
  });
});
