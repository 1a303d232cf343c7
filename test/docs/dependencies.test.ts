/** docs/dependencies.md and the bill of materials say what the lock file says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(packageRoot, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const own = lock.packages[''];
const NAMES = Object.keys({ ...own?.dependencies, ...own?.optionalDependencies }).sort();

test('docs/dependencies.md has the row of every dependency as it is locked', () => {
  const page = readFileSync(join(packageRoot, 'docs/dependencies.md'), 'utf8');
  const expected = NAMES.map((name) => {
    const locked = lock.packages[`node_modules/${name}`];
    const needs = Object.keys(locked?.dependencies ?? {}).join(', ') || 'none';
    return [`\`${name}\``, locked?.version, needs, locked?.license];
  });
  assert.deepEqual(
    rows(page).map(([name, _why, ...rest]) => [name, ...rest]),
    expected,
  );
});

// npm 11 asks about each that does not stand there, in four lines that mean nothing to a newcomer.
test('package.json allows the install scripts that there are, and no others', () => {
  const { allowScripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    readonly allowScripts: Readonly<Record<string, boolean>>;
  };
  const scripted = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
  assert.deepEqual(
    Object.keys(allowScripts),
    scripted.map(([path]) => path.replace('node_modules/', '')),
  );
});

test('docs/dependencies.md says why each is there', () => {
  const page = readFileSync(join(packageRoot, 'docs/dependencies.md'), 'utf8');
  for (const row of rows(page)) {
    assert.ok((row[1]?.length ?? 0) > 20, row[0]);
  }
});

/** The cells of every row of a package. */
function rows(page: string): readonly (readonly string[])[] {
  const lines = page.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

test('npm run sbom gives a CycloneDX document with every dependency and its hash', () => {
  const args = ['run', '--silent', 'sbom'];
  const { stdout } = spawnSync('npm', args, { cwd: packageRoot, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const sbom = JSON.parse(stdout) as {
    readonly bomFormat: string;
    readonly components: readonly { readonly name: string; readonly version: string; readonly hashes?: object[] }[];
  };
  assert.equal(sbom.bomFormat, 'CycloneDX');
  for (const name of NAMES) {
    const found = sbom.components.find((component) => component.name === name);
    assert.equal(found?.version, lock.packages[`node_modules/${name}`]?.version, name);
    assert.ok((found?.hashes?.length ?? 0) > 0, name);
  }
});
