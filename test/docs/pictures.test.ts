import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { REFUSED_FORMATS } from '../../src/imaging/detect-format.js';
import { FORMAT_ROWS } from '../../src/imaging/formats.js';

const page = readFileSync(new URL('../../../docs/pictures.md', import.meta.url), 'utf8');

test('docs/pictures.md has a row for every format, in the order of the table', () => {
  const [table = ''] = page.split('\nRefused by name:');
  assert.deepEqual(
    [...table.matchAll(/^\| ([A-Z]\w+) \|/gm)].map(([, label]) => label),
    FORMAT_ROWS.map(([, { label }]) => label),
  );
});

test('docs/pictures.md names every format that is refused by its name, in the order of the table', () => {
  const [, list = ''] = /^Refused by name: (.*?)\. Of the formats above/ms.exec(page) ?? [];
  assert.deepEqual(list.split(/;\s+/), REFUSED_FORMATS);
});
