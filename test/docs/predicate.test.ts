import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Facts } from '../../src/rules/where.js';
import { compileWhere } from '../../src/rules/where.js';
import { ServiceError } from '../../src/std/errors.js';
import { factsWith } from '../support/facts.js';

const page = readFileSync(new URL('../../../docs/predicate.md', import.meta.url), 'utf8');

/** The rows of the table under a heading, cells without their backticks. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = page.slice(page.indexOf(`\n## ${heading}\n`) + 1).split(/\n## /)[0] ?? '';
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) =>
        cell
          .trim()
          .replace(/^`(.*)`$/, '$1')
          .replaceAll('\\|', '|'),
      ),
  );
}

function factsOf(text: string): Facts {
  const { props = {}, ...rest } = JSON.parse(text) as { props?: Record<string, string> };
  return factsWith({ ...rest, props: Object.entries(props) });
}

const EXAMPLES = rowsUnder('Examples');
const REFUSED = rowsUnder('Refused at start');
const FAILING = rowsUnder('Fails on a message');
const SQL = rowsUnder('From SQL');
const DIFFERENT = rowsUnder('Other than the CEL specification');

test('docs/predicate.md has its tables', () => {
  const lengths = [EXAMPLES, REFUSED, FAILING, SQL, DIFFERENT].map((rows) => rows.length);
  assert.deepEqual(lengths, [16, 7, 4, 12, 14]);
});

for (const [source = '', truthy = '', falsy = ''] of EXAMPLES) {
  test(`docs/predicate.md: ${source} is true and false where it says`, () => {
    const { holds } = compileWhere(source);
    assert.deepEqual([holds(factsOf(truthy)), holds(factsOf(falsy))], [true, false]);
  });
}

for (const [source = ''] of REFUSED) {
  test(`docs/predicate.md: ${source} is refused at start`, () => {
    assert.throws(() => compileWhere(source), { code: 'ERR_CONFIG' });
  });
}

for (const [source = '', message = ''] of FAILING) {
  test(`docs/predicate.md: ${source} fails on the message`, () => {
    const { holds } = compileWhere(source);
    assert.throws(() => holds(factsOf(message)), { code: 'ERR_PREDICATE' });
  });
}

test('docs/predicate.md names the limits of the text', () => {
  assert.throws(() => compileWhere(`"${'x'.repeat(1024)}" == topic`), /1024 bytes/);
  assert.throws(() => compileWhere(`${'!'.repeat(300)}true`), /\(256\)/);
  assert.throws(() => compileWhere(`${'('.repeat(33)}true${')'.repeat(33)}`), /\(32\)/);
  assert.match(page, /1024 bytes, 256 nodes and 32 levels/);
});

test('docs/predicate.md names functions that predicates may use', () => {
  const [, functions = ''] = /Functions: `([^`]+)`/.exec(page) ?? [];
  const refused = functions.split(' ').filter((name) => {
    try {
      compileWhere(`${name}(topic) == topic.${name}()`);
      return false;
    } catch (error) {
      return String(error).includes('is not a function of predicates');
    }
  });
  assert.deepEqual([functions.split(' ').length > 20, refused], [true, []]);
});

for (const [sql = '', cel = ''] of SQL) {
  test(`docs/predicate.md: ${sql} is refused with the word that is meant, and its twin is a predicate`, () => {
    assert.throws(() => compileWhere(sql), { code: 'ERR_CONFIG', message: /: write / });
    assert.equal(compileWhere(cel).source, cel);
  });
}

/** What a predicate without variables answers, in the words of the page. */
function answerOf(source: string): string {
  try {
    return String(compileWhere(source).holds(factsWith({})));
  } catch (error) {
    return error instanceof ServiceError && error.code === 'ERR_CONFIG' ? 'refused' : 'fails';
  }
}

for (const [source = '', specification = '', here = ''] of DIFFERENT) {
  // When this fails with a new version of the library, its row goes.
  test(`docs/predicate.md: ${source} still answers otherwise than the specification, as it says`, () => {
    assert.equal(answerOf(source), here);
    assert.notEqual(specification, here);
  });
}
