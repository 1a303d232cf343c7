/** What would go wrong: the tests of a second user of a machine fail at a folder of the first one. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';

const FOLDERS = ['src', 'test', 'bench', 'faults', 'scripts'];

test('every folder below the temporary one is made under a name of its own, by mkdtemp', () => {
  const shared = FOLDERS.flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.m?[jt]s$/.test(name))
      .flatMap((name) => linesOf(join(folder, name))),
  );
  assert.deepEqual(shared, []);
});

function linesOf(file: string): string[] {
  const lines = readFileSync(join(packageRoot, file), 'utf8').split('\n');
  return lines.flatMap((line, at) => (/\btmpdir\(\)/.test(line) && !/mkdtemp/.test(line) ? [`${file}:${at + 1}`] : []));
}
