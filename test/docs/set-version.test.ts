/** scripts/set-version.mjs: what would go wrong is a release whose chart, image or package has another number. */
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { runTool } from '../support/process/run-tool.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const SCRIPT = join(packageRoot, 'scripts/set-version.mjs');
const COPIED = [
  ...['package.json', 'package-lock.json', 'CHANGELOG.md', 'docker-compose.yml', 'docs/deploy.md'],
  ...['training/pyproject.toml', 'deploy/helm/flawline/Chart.yaml'],
];
const FAR = '98.0.0';

const setVersion = (...args: readonly string[]) => runTool(process.execPath, [SCRIPT, ...args], { cwd: packageRoot });

/** A copy of the files with numbers, with something to release. */
async function copyOfPlaces() {
  const folder = await makeTemporaryFolder();
  const inFolder = (path: string) => join(folder.path, path);
  for (const path of COPIED) await cp(join(packageRoot, path), inFolder(path));
  const edit = async (path: string, from: string | RegExp, to: string) =>
    writeFile(inFolder(path), (await readFile(inFolder(path), 'utf8')).replace(from, to));
  await edit('CHANGELOG.md', '## [Unreleased]\n', '## [Unreleased]\n\n### Added\n- Something.\n\n');
  return { folder, edit, read: (path: string) => readFile(inFolder(path), 'utf8') };
}

test('every place has the version of package.json', async () => {
  assert.deepEqual(await setVersion('--check'), { code: 0, out: '', err: '' });
});

test('set-version.mjs leaves the former number nowhere but in the changelog, and dates what is new', async () => {
  const { folder, read } = await copyOfPlaces();
  await using _ = folder;
  const { version } = JSON.parse(await read('package.json'));
  const { code, err } = await setVersion(FAR, '2026-12-24', '--in', folder.path);
  assert.equal(code, 0, err);
  assert.equal((await setVersion('--check', '--in', folder.path)).code, 0);
  assert.equal(JSON.parse(await read('package.json')).version, FAR);
  const lock = JSON.parse(await read('package-lock.json'));
  assert.deepEqual([lock.version, lock.packages[''].version], [FAR, FAR]);
  for (const path of ['docker-compose.yml', 'docs/deploy.md']) {
    assert.equal((await read(path)).includes(`flawline:${version}`), false, path);
  }
  assert.match(
    await read('CHANGELOG.md'),
    /## \[Unreleased\]\n\n## \[98\.0\.0\] - 2026-12-24\n\n### Added\n- Something\.\n/,
  );
});

test('set-version.mjs names the place that has another number', async () => {
  const { folder, edit } = await copyOfPlaces();
  await using _ = folder;
  await edit('deploy/helm/flawline/Chart.yaml', /^appVersion: .*$/m, 'appVersion: 97.0.0');
  const { code, err } = await setVersion('--check', '--in', folder.path);
  assert.equal(code, 1);
  assert.match(err, /^deploy\/helm\/flawline\/Chart\.yaml has 97\.0\.0, package\.json \d/);
});

for (const [fault, args, sentence] of [
  ['no version', ['next'], /three numbers/],
  ['an older version', ['0.0.9'], /must be newer/],
  ['no day', [FAR, 'Friday'], /YYYY-MM-DD/],
] as const) {
  test(`set-version.mjs refuses ${fault}`, async () => {
    const { folder } = await copyOfPlaces();
    await using _ = folder;
    const { code, err } = await setVersion(...args, '--in', folder.path);
    assert.equal(code, 1);
    assert.match(err, sentence);
  });
}

test('set-version.mjs refuses a version of which nothing is said', async () => {
  const { folder, edit } = await copyOfPlaces();
  await using _ = folder;
  await edit('CHANGELOG.md', /(## \[Unreleased\]\n).*?(?=^## \[)/ms, '$1\n');
  const { code, err } = await setVersion(FAR, '--in', folder.path);
  assert.equal(code, 1);
  assert.match(err, /must say what is new/);
});
