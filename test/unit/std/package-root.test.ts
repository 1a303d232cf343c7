import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPackage, packageRoot, version, webFolder } from '../../../src/std/package-root.js';

test('packageRoot and webFolder are the folders of package.json and of the page', () => {
  assert.equal(existsSync(join(packageRoot, 'package.json')), true);
  assert.equal(existsSync(join(webFolder, 'index.html')), true);
});

test('version is that of package.json', () => {
  assert.match(version, /^\d+\.\d+\.\d+/);
});

test('findPackage() passes the package.json of another package on its way up', () => {
  const inside = new URL('../../../../node_modules/pino/lib/x.js', import.meta.url);
  assert.equal(findPackage(inside.href).root, packageRoot);
});

test('findPackage() says what is missing when the module stands outside', () => {
  assert.throws(() => findPackage('file:///nowhere/x.js'), /package.json of "flawline" must be above \/nowhere/);
});
