/** docs/glossary.md stays one page: each term once, with a place where it is found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPage } from '../support/doc-commands.js';

const page = readPage('docs/glossary.md');
const rows = page.split('\n').filter((line) => line.startsWith('| **'));
const terms = rows.flatMap((row) =>
  [...(row.split('|')[1] ?? '').matchAll(/\*\*(.+?)\*\*/g)].map(([, term = '']) => term),
);

test('docs/glossary.md has 25 to 40 terms, each once', () => {
  assert.ok(terms.length >= 25 && terms.length <= 40, `${terms.length}`);
  assert.equal(new Set(terms).size, terms.length);
});

test('docs/glossary.md says where each term is found', () => {
  assert.deepEqual(
    rows.filter((row) => !/\| `src\/[\w./-]+` \|$/.test(row)),
    [],
  );
});
