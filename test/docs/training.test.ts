/** The Python that training asks for: said in four places, and by the packages that it pins. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
/** What numpy 2.4 and PyTorch 2.15 ask for; look again with other pins. */
const OLDEST = '3.11';
const PINS_LOOKED_AT = ['numpy==2.4.6', 'torch==2.15.0'];

for (const [path, pattern] of [
  ['training/pyproject.toml', /^requires-python = ">=([\d.]+)"$/m],
  ['training/README.md', /A Python project of its own \(([\d.]+) or newer/],
  ['.github/workflows/ci.yml', /python-version: "([\d.]+)"/],
] as const) {
  test(`${path} names the oldest Python of training`, () => {
    assert.equal(pattern.exec(read(path))?.[1], OLDEST);
  });
}

test('npm run train looks for that Python', () => {
  assert.match(read('scripts/train.mjs'), new RegExp(`OLDEST_PYTHON = \\[${OLDEST.replace('.', ', ')}\\];`));
});

test('the pins whose needs were looked at are those of requirements.txt', () => {
  const pins = read('training/requirements.txt').split('\n');
  assert.deepEqual(
    PINS_LOOKED_AT.filter((pin) => !pins.includes(pin)),
    [],
  );
});
