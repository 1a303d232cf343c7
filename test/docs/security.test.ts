/** SECURITY.md names tests: each must be there, and run. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';

const page = readFileSync(join(packageRoot, 'SECURITY.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| .*`test\//.test(line));

test('SECURITY.md names only tests that are there', () => {
  const named = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path ?? '');
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(packageRoot, path))),
    [],
  );
});

test('SECURITY.md has a test for every threat of its table', () => {
  const table = page.slice(page.indexOf('| threat |')).split('\n\n')[0] ?? '';
  assert.equal(table.split('\n').length - 2, rows.length);
});
