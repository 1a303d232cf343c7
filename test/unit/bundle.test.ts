/** What would go wrong: a start that opens hundreds of files again, or a bundle in which a thread's file is missing. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { runTool } from '../support/process/run-tool.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** Of the compiled files a worker loads 140, and the service 300 with those of its packages. */
const MOST_FILES = 60;
let folder: TemporaryFolder;

/** Files of the bundle that are loaded with one, by import statements alone, and the packages that they want. */
function loadedWith(name: string, found = { files: new Set<string>(), packages: new Set<string>() }) {
  if (found.files.has(name)) return found;
  found.files.add(name);
  const text = readFileSync(join(folder.path, name), 'utf8');
  for (const [, path = ''] of text.matchAll(/^(?:import|export)\b[^;]*?"([^"]+)";/gms)) {
    if (path.startsWith('./')) loadedWith(path, found);
    else if (!path.startsWith('node:')) found.packages.add(path);
  }
  return found;
}

describe('the bundle', () => {
  before(async () => {
    folder = await makeTemporaryFolder();
    const { code, err } = await runTool(process.execPath, [join(packageRoot, 'scripts/bundle.mjs'), folder.path]);
    assert.equal(code, 0, err);
  });

  after(async () => {
    await folder[Symbol.asyncDispose]();
  });

  for (const module of ['worker-entry', 'compile-entry', 'probe-main', 'cli', 'serve']) {
    it(`${module} loads few files, and no package but the one that calls libraries`, () => {
      const file = readdirSync(folder.path).find((name) => new RegExp(`^${module}(-\\w{8})?\\.js$`).test(name));
      const { files, packages } = loadedWith(`./${file}`);
      assert.ok(files.size <= MOST_FILES, [...files].join(' '));
      assert.deepEqual(
        [...packages].filter((wanted) => wanted !== 'koffi'),
        [],
      );
    });
  }

  it('has every file that is started as a thread or a process beside the one that starts it', () => {
    const started = readdirSync(folder.path)
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(join(folder.path, name), 'utf8'))
      .flatMap((text) => [...text.matchAll(/new URL\("([^"]+\.js)", import\.meta\.url\)/g)].map(([, url = '']) => url));
    assert.ok(started.includes('./worker-entry.js') && started.includes('./probe-main.js'), started.join(' '));
    assert.deepEqual(
      started.filter((url) => !existsSync(join(folder.path, url))),
      [],
    );
  });

  it('names the licence of what is in it', () => {
    const text = readFileSync(join(folder.path, 'LICENSES.txt'), 'utf8');
    for (const name of ['mqtt', '@marcbachmann/cel-js', 'prom-client'])
      assert.match(text, new RegExp(`^${name} `, 'm'));
  });
});
