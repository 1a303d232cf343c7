import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESULT_FIELDS } from '../../../src/domain/measures.js';
import { parseFields } from '../../../src/rules/result-fields.js';

test('parseFields() takes every name of a result as its own alias', () => {
  assert.deepEqual(
    parseFields(RESULT_FIELDS),
    RESULT_FIELDS.map((name) => ({ name, alias: name })),
  );
});

for (const [entry, name, alias] of [
  ['defect as n', 'defect', 'n'],
  ['inference time as ms', 'inference time', 'ms'],
  ['  origin  AS  the picture ', 'origin', 'the picture'],
  ['id as a as b', 'id', 'a as b'],
  ['id as "ü"', 'id', '"ü"'],
] as const) {
  test(`parseFields() reads ${entry}`, () => assert.deepEqual(parseFields([entry]), [{ name, alias }]));
}

for (const [title, entries] of [
  ['an unknown name', ['flaws']],
  ['a name in other letters', ['Defect']],
  ['an unknown name with an alias', ['flaws as d']],
  ['a name of Object.prototype', ['constructor']],
  ['no alias after as', ['defect as ']],
  ['an alias of __proto__', ['defect as __proto__']],
  ['an alias with a control character', ['defect as a\u0007b']],
  ['an alias that is too long', [`defect as ${'a'.repeat(129)}`]],
  ['the same name twice', ['defect', 'defect']],
  ['an alias that is another name', ['defect', 'id as defect']],
] as const) {
  test(`parseFields() refuses ${title}`, () => assert.throws(() => parseFields(entries), { code: 'ERR_CONFIG' }));
}
