/** Every statement of docs/sql.md does what the page says of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FUNCTIONS } from '../../src/sql/functions.js';
import { parseStreamStatement } from '../../src/sql/parse.js';
import type { ValueMap } from '../../src/sql/values.js';
import { packageRoot } from '../../src/std/package-root.js';
import { outcomeOf } from '../support/sql.js';

const page = readFileSync(join(packageRoot, 'docs/sql.md'), 'utf8');

/** The rows of the table under a heading, cells without their backticks. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = page.slice(page.indexOf(`\n## ${heading}\n`) + 1).split(/\n## /)[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  );
}

const message = JSON.parse(/Of a message `(.*)`:/.exec(page)?.[1] ?? '') as ValueMap;
const EXAMPLES = rowsUnder('Statements');
const REFUSED = rowsUnder('Refused');

test('docs/sql.md has its tables', () => assert.deepEqual([EXAMPLES.length, REFUSED.length], [12, 12]));

for (const [text = '', result = ''] of EXAMPLES) {
  test(`docs/sql.md: ${text} gives ${result}`, () => {
    const [fields = '', condition] = text.split(' WHERE ');
    const sql = `SELECT ${fields} FROM t${condition === undefined ? '' : ` WHERE ${condition}`}`;
    assert.deepEqual(outcomeOf(sql, { message }), { output: result === 'nothing' ? null : result });
  });
}

for (const [sql = ''] of REFUSED) {
  test(`docs/sql.md: ${sql} is refused`, () => {
    if (sql.startsWith('SELECT')) assert.ok('refused' in outcomeOf(sql), sql);
    else assert.throws(() => parseStreamStatement(sql), /not supported/);
  });
}

test('docs/sql.md has every function, and no other', () => {
  const named = rowsUnder('Functions').flatMap(([cell = '']) => [...cell.matchAll(/(\w+)\(/g)].map(([, name]) => name));
  assert.deepEqual([...new Set(named)].sort(), [...Object.keys(FUNCTIONS), 'meta', 'mqtt'].sort());
});
