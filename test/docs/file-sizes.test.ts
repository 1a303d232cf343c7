/** CONTRIBUTING.md says that no file of src is longer than a reader takes in: this holds it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';

const MOST_LINES = 300;

for (const folder of ['src', 'test/unit', 'test/contract']) {
  test(`no file of ${folder} is above ${MOST_LINES} lines`, () => {
    const files = readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' });
    const code = files.filter((file) => file.endsWith('.ts') && !isGenerated(join(packageRoot, folder, file)));
    assert.ok(code.length > 10);
    const long = code
      .map(
        (file) =>
          `${file}: ${
            readFileSync(join(packageRoot, folder, file), 'utf8')
              .trimEnd()
              .split('\n').length
          }`,
      )
      .filter((line) => Number(line.split(': ')[1]) > MOST_LINES);
    assert.deepEqual(long, []);
  });
}

/** Nobody reads what a generator wrote: its grammar is read instead. */
function isGenerated(path: string): boolean {
  return readFileSync(path, 'utf8').slice(0, 200).includes('made by `npm run grammar`');
}
