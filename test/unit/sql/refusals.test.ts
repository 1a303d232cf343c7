/** What is refused when a rule is made, in eKuiper's form; and what no text may cause. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSelect, UnknownStreamError } from '../../../src/sql/select-plan.js';
import { SqlError } from '../../../src/sql/sql-error.js';
import { outcomeOf, planOf } from '../../support/sql.js';

const REFUSED: Readonly<Record<string, string>> = {
  'SELECT FROM': 'found "FROM", expected expression.',
  'SELECT nosuchfn(a FROM t': 'function nosuchfn not found',
  'SELECT a': 'found "EOF", expected FROM.',
  'SELECT a FROM': 'found "EOF", expected stream name.',
  'SELECT a AS 1 FROM t': 'found "1", expected as alias.',
  'SELECT (a FROM t': 'found "FROM", expected right paren.',
  'SELECT a FROM t WHERE -a > 1': 'found "-", expected expression.',
  'SELECT a FROM t WHERE a NOT = 1': 'found "=", expected expression',
  'SELECT a FROM t WHERE a = "x': 'found "\\"x", expected expression.',
  'SELECT 1.2.3 FROM t': 'found "1.2.3", invalid number value.',
  'SELECT "\\q" FROM t': 'found "invalid string: \\"\\\\q\\"", expected expression.',
  'SELECT CASE WHEN a THEN 1 END FROM t': 'invalid CASE expression, WHEN expression must be a bool condition',
  'SELECT CASE a ELSE 1 END FROM t': 'invalid CASE expression, WHEN expected before ELSE',
  'SELECT CASE WHEN a > 1 1 END FROM t': 'invalid CASE expression, THEN expected after WHEN',
  'SELECT CASE WHEN a > 1 THEN 1 FROM t': 'invalid CASE expression, END expected',
  'SELECT a FROM t WHERE a BETWEEN 1 OR 2': 'found "OR", expect AND expression after between',
  'SELECT a FROM t WHERE a BETWEEN 1 AND 2 + 3': 'found "+", expected brackets around the right side of BETWEEN or IN.',
  'SELECT a FROM t WHERE s LIKE "a*"': 'invalid LIKE pattern: * is not supported in it',
  'SELECT * AS x FROM t': 'alias is not supported for *',
  // By name, what eKuiper has and a rule for one message has not.
  'SELECT a FROM t LEFT JOIN u ON t.a = u.a': 'JOIN is not supported',
  'SELECT a FROM t WHERE a > 1 GROUP BY a': 'GROUP BY is not supported',
  'SELECT a FROM t GROUP BY TUMBLINGWINDOW(ss, 10)': 'GROUP BY is not supported',
  'SELECT a FROM t HAVING a > 1': 'HAVING is not supported',
  'SELECT a FROM t ORDER BY a': 'ORDER BY is not supported',
  'SELECT a FROM t LIMIT 1': 'LIMIT is not supported',
  'SELECT * REPLACE(a as b) FROM t': 'REPLACE is not supported',
  'SELECT count(*) FROM t': 'function count is not supported: a rule judges one message at a time',
  'SELECT lag(a) FROM t': 'function lag is not supported: a rule judges one message at a time',
  // Functions.
  'SELECT abs(1, 2) FROM t': 'Expect 1 arguments but found 2.',
  'SELECT abs("x") FROM t': 'Expect number - float or int type for parameter 1',
  'SELECT concat(a, 1) FROM t': 'Expect string type for parameter 2',
  'SELECT cast(a, "int") FROM t':
    'Expect one of following value for the 2nd parameter: bigint, float, string, boolean, datetime.',
  'SELECT cast(a, "datetime") FROM t': 'cast to datetime is not supported',
  'SELECT coalesce() FROM t': 'The arguments should be at least one.',
  'SELECT meta(1) FROM t': 'Expect meta reference type for parameter 1',
  'SELECT meta(qos) FROM t': 'meta(qos) is not supported: only topic is',
  'SELECT json_path_query_first(o, "$..x") FROM t': 'the JSON path $..x is not supported',
  // Functions of models.
  'SELECT inference(image, 1) as x FROM t':
    'validate function inference error: validate return state is false, got &{State:false Result:invalid arg length}',
  'SELECT inference("x") as x FROM t':
    'validate function inference error: validate return state is false, got &{State:false Result:its argument must be a column}',
  'SELECT inference(image) as x, other(image) as y FROM t':
    'functions inference and other in one rule are not supported: it has one model',
  'SELECT inference(a)->defect as x, inference(b)->defect as y FROM t':
    'function inference of two columns in one rule is not supported: a message has one picture',
  'SELECT inference(image)->defekt as n FROM t': 'function inference gives no defekt (did you mean defect?)',
  'SELECT (inference(image)) as r FROM t WHERE r->defekts->a > 1':
    'function inference gives no defekts (did you mean defects?)',
  // Aliases.
  'SELECT a as x, b as x FROM t': 'duplicate alias x',
  'SELECT y + 1 as x, x + 1 as y FROM t': 'alias x is defined by itself',
};

for (const [sql, reason] of Object.entries(REFUSED)) {
  test(`${sql} is refused: ${reason}`, () =>
    assert.deepEqual(outcomeOf(sql), { refused: `Parse SQL ${sql} error: ${reason}.` }));
}

test('what is no SELECT is refused as such', () => {
  const sql = 'SELEC * FROM openvino_demo';
  assert.deepEqual(outcomeOf(sql), { refused: `SQL ${sql} is not a select statement.` });
  assert.deepEqual(outcomeOf(''), { refused: 'SQL  is not a select statement.' });
});

test('a stream that there is not is named', () => {
  const context = { functions: new Set<string>(), streams: new Map() };
  assert.throws(() => compileSelect('SELECT * FROM nosuch', context), {
    message: 'fail to get stream nosuch, please check if stream is created',
    stream: 'nosuch',
  });
  assert.throws(() => compileSelect('SELECT * FROM nosuch', context), UnknownStreamError);
  // Its syntax first, as in eKuiper.
  assert.throws(() => compileSelect('SELECT FROM nosuch', context), /expected expression/);
});

const LONG: Readonly<Record<string, string>> = {
  'a megabyte': `SELECT ${'a,'.repeat(2 ** 19)}a FROM t`,
  'a megabyte of quotes': `SELECT ${'"\\'.repeat(2 ** 19)}`,
  '10 000 brackets': `SELECT ${'('.repeat(10_000)}a${')'.repeat(10_000)} FROM t`,
  '10 000 open brackets': `SELECT ${'('.repeat(10_000)}`,
  '10 000 places': `SELECT a${'[a'.repeat(10_000)} FROM t`,
  '10 000 calls': `SELECT ${'abs('.repeat(10_000)} FROM t`,
  '10 000 cases': `SELECT ${'CASE '.repeat(10_000)} FROM t`,
  'a sum of 10 000': `SELECT a${'+a'.repeat(10_000)} FROM t`,
  'a path of 10 000': `SELECT a${'->a'.repeat(10_000)} FROM t`,
  '64 000 escapes': `SELECT "${'\\"'.repeat(32_000)}`,
  '60 000 backticks': `SELECT ${'`'.repeat(60_001)} FROM t`,
  '20 000 comments': `SELECT ${'/*'.repeat(20_000)} a FROM t`,
  '60 000 signs': `SELECT ${'-'.repeat(60_000)} a FROM t`,
};

for (const [what, sql] of Object.entries(LONG)) {
  test(`${what} end with an error that is short`, () => {
    assert.throws(
      () => planOf(sql),
      (error) => error instanceof SqlError && error.message.length < 1500,
    );
  });
}

test('the largest statements within the bounds are compiled and evaluated', () => {
  const sum = `SELECT a${'+a'.repeat(1000)} as r FROM t WHERE ${'('.repeat(63)}a > 0${')'.repeat(63)}`;
  assert.deepEqual(outcomeOf(sum, { message: { a: 1 } }), { output: '{"r":1001}' });
  const chosen = `SELECT ${'CASE WHEN a > 0 THEN '.repeat(63)}a ${'END '.repeat(63)} as r FROM t`;
  assert.deepEqual(outcomeOf(chosen, { message: { a: 1 } }), { output: '{"r":1}' });
  const set = `SELECT a FROM t WHERE a IN (${Array.from({ length: 1500 }, (_, i) => i).join(', ')})`;
  assert.deepEqual(outcomeOf(set, { message: { a: 1499 } }), { output: '{"a":1499}' });
});

test('a message that is nested deeper than eKuiper reads is refused where it would be written', () => {
  const deep = JSON.parse(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`);
  assert.deepEqual(outcomeOf('SELECT a FROM t', { message: deep }), {
    exception: 'too big depth for the nested JSON; it exceeds 300',
  });
});
