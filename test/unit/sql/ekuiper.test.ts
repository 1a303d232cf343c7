/** Every statement of the recording gives here what a running eKuiper gave (test/vectors/PROVENANCE.md). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ValueMap } from '../../../src/sql/values.js';
import { packageRoot } from '../../../src/std/package-root.js';
import { outcomeOf } from '../../support/sql.js';

interface Recorded {
  readonly sql: string;
  readonly output?: string | null;
  readonly exception?: string;
  readonly refused?: string;
}

const { message, statements } = JSON.parse(
  readFileSync(join(packageRoot, 'test/vectors/ekuiper/sql.json'), 'utf8'),
) as { readonly message: ValueMap; readonly statements: readonly Recorded[] };

for (const { sql, ...recorded } of statements) {
  test(`${sql} gives what eKuiper gave`, () => {
    const outcome = outcomeOf(sql, { message });
    // The beginning is that of the call, PUT /rules/{id}.
    const refused = 'refused' in outcome && { refused: `Update rule error: Invalid rule json: ${outcome.refused}` };
    assert.deepEqual(refused || outcome, recorded);
  });
}

test('the recording has statements of every kind', () => assert.equal(statements.length, 49));

/** Of the same kinds; by the rules of eKuiper's source for types, null, order and errors. */
const FURTHER: Readonly<Record<string, string | null>> = {
  // Precedence: a path binds as a multiplication does, from the left.
  'SELECT a + b * 2 as r FROM t': '{"r":9}',
  'SELECT (a + b) * 2 as r FROM t': '{"r":14}',
  'SELECT a - b - 1 as r FROM t': '{"r":2}',
  'SELECT a FROM t WHERE a = 5 OR a = 6 AND a = 7': '{"a":5}',
  'SELECT a FROM t WHERE a + b > 6 AND b * 2 <= 4': '{"a":5}',
  'SELECT a FROM t WHERE a > 1 AND b BETWEEN 1 AND 2 AND t = true': '{"a":5}',
  // Numbers.
  'SELECT 5/2 as r FROM t': '{"r":2}',
  'SELECT 5/2.0 as r FROM t': '{"r":2.5}',
  'SELECT -7/2 as r FROM t': '{"r":-3}',
  'SELECT -7%3 as r FROM t': '{"r":-1}',
  'SELECT 6 & 3 as x, 6 | 3 as y, 6 ^ 3 as z FROM t': '{"x":2,"y":7,"z":5}',
  'SELECT 9223372036854775807 + 1 as r FROM t': '{"r":-9223372036854775808}',
  'SELECT a * 0.1 as r, b * 1000000000000000000000.0 as s FROM t': '{"r":0.5,"s":2e+21}',
  'SELECT a FROM t WHERE f > 2 AND f < 3': '{"a":5}',
  'SELECT .5 + 1. as r FROM t': '{"r":1.5}',
  // Null.
  'SELECT n + 1 as x, missing->y as y, missing[0] as z FROM t': '{}',
  'SELECT a FROM t WHERE n < 1': null,
  'SELECT a FROM t WHERE n = missing': null,
  'SELECT a FROM t WHERE n > 1 AND t': null,
  'SELECT a FROM t WHERE n > 1 OR t': '{"a":5}',
  'SELECT a FROM t WHERE a IN missing': null,
  'SELECT a FROM t WHERE a NOT IN missing': '{"a":5}',
  'SELECT a FROM t WHERE n BETWEEN 1 AND 2': null,
  'SELECT n, a FROM t': '{"a":5}',
  // Paths.
  'SELECT o.y.z as r FROM t': '{"r":"q"}',
  'SELECT o->y.z as r FROM t': '{"r":"q"}',
  'SELECT t.a, t.o as p FROM t': '{"a":5,"p":{"x":1,"y":{"z":"q"}}}',
  'SELECT o->toString as r FROM t': '{}',
  'SELECT l[0] as a, l[:2] as b, l[1:] as c, l[:] as d, l[] as e, l[-2:-1] as f FROM t':
    '{"a":1,"b":[1,2],"c":[2,3],"d":[1,2,3],"e":[1,2,3],"f":[2]}',
  'SELECT l[b] as r, l[b - 1] as s FROM t': '{"r":3,"s":2}',
  // Sets, ranges, patterns.
  'SELECT a FROM t WHERE a IN l': null,
  'SELECT a FROM t WHERE b IN l': '{"a":5}',
  'SELECT a FROM t WHERE s IN ("x", "abc") AND b NOT IN (5, 6)': '{"a":5}',
  'SELECT a FROM t WHERE a BETWEEN 5 AND 5': '{"a":5}',
  'SELECT a FROM t WHERE a BETWEEN b AND (b + 3)': '{"a":5}',
  'SELECT a FROM t WHERE s LIKE "_b%" AND s NOT LIKE "%d%"': '{"a":5}',
  'SELECT a FROM t WHERE s LIKE "ab"': null,
  'SELECT a FROM t WHERE s LIKE "A%"': null,
  'SELECT a FROM t WHERE s LIKE "a.c"': '{"a":5}',
  // CASE.
  'SELECT CASE a WHEN 4 THEN "four" WHEN 5 THEN "five" END as r FROM t': '{"r":"five"}',
  'SELECT CASE WHEN n > 1 THEN 1 END as r FROM t': '{}',
  'SELECT CASE WHEN a > 1 AND b < 3 THEN o->y ELSE 0 END as r FROM t': '{"r":{"z":"q"}}',
  // Names.
  'SELECT a * 2 as d, d + 1 as e FROM t WHERE d = 10': '{"d":10,"e":11}',
  'SELECT e + 1 as d, a as e FROM t': '{"d":6,"e":5}',
  'SELECT a * 2 as d INVISIBLE, d + 1 as e FROM t': '{"e":11}',
  'SELECT upper(s) as s FROM t': '{"s":"ABC"}',
  'SELECT a + 1, abs(b), a - 1 FROM t': '{"abs":2,"kuiper_field_0":6,"kuiper_field_1":4}',
  'SELECT *, a + 1 as a FROM t':
    '{"a":6,"b":2,"f":2.5,"l":[1,2,3],"n":null,"o":{"x":1,"y":{"z":"q"}},"s":"abc","t":true,"u":"a\\u003cb\\u0026c\\u003e"}',
  'SELECT `select` FROM t': '{}',
  'SELECT x.a FROM t AS x': '{"a":5}',
  'SELECT a -- the number\n, /* and */ b FROM t;': '{"a":5,"b":2}',
  'SELECT b as z, a as Z, s as `é` FROM t': '{"Z":5,"z":2,"é":"abc"}',
  // Functions.
  'SELECT abs(-3) as r, abs(a - 7.5) as s, abs(n) as u FROM t': '{"r":3,"s":2.5}',
  'SELECT round(-2.5) as r, round(2.345, 2) as s, round(0.49999999999999994) as u FROM t': '{"r":-3,"s":2.35,"u":0}',
  'SELECT length(s) as r, length(l) as u, length(o) as v, length(n) as w FROM t': '{"r":3,"u":3,"v":2,"w":0}',
  'SELECT concat(s, "-", n, f, t) as r FROM t': '{"r":"abc-2.5true"}',
  'SELECT cast("12", "bigint") / 5 as r, cast(f, "bigint") as s, cast(t, "float") as u, cast("1", "boolean") as v FROM t':
    '{"r":2,"s":2,"u":1,"v":true}',
  'SELECT cast(0.0000001, "string") as r, concat(0.0000001 + f * 0, "") as s FROM t': '{"r":"0.0000001","s":"1e-07"}',
  'SELECT coalesce(n, missing, s) as r, isnull(missing) as i, isnull(o) as j FROM t': '{"i":true,"j":false,"r":"abc"}',
  'SELECT UPPER(s) as r, lower("ÄB") as l, rule_id() as i FROM t': '{"i":"r1","l":"äb","r":"ABC"}',
  'SELECT json_path_query_first(o, "$.*") as r, json_path_query_first(l, "$[1:]") as s FROM t': '{"r":1,"s":2}',
};

for (const [sql, expected] of Object.entries(FURTHER)) {
  test(`${sql} gives ${expected}`, () => assert.deepEqual(outcomeOf(sql, { message }), { output: expected }));
}

const EXCEPTIONS: Readonly<Record<string, string>> = {
  'SELECT 1/0 as r FROM t': 'run Select error: alias: r expr: binaryExpr:{ 1 / 0 } meet error, err:divided by zero',
  'SELECT a % 0 FROM t': 'run Select error: expr: binaryExpr:{ t.a % 0 } meet error, err:divided by zero',
  'SELECT a * o->x as r FROM t':
    'run Select error: alias: r expr: binaryExpr:{ binaryExpr:{ t.a * t.o } -> jsonFieldName:x } meet error, err:invalid operation float64(5) * map[string]interface {}(map[x:1 y:map[z:q]])',
  'SELECT l + 1 as r FROM t':
    'run Select error: alias: r expr: binaryExpr:{ t.l + 1 } meet error, err:+ is an invalid operation for []interface {}',
  'SELECT l[3] as r FROM t':
    'run Select error: alias: r expr: binaryExpr:{ t.l [] 3 } meet error, err:out of index: 3 of 3',
  'SELECT a FROM t WHERE l->x = 1': 'run Where error: the result [1 2 3] is not a type of map[string]interface{}',
  'SELECT a FROM t WHERE s->a = 1': 'run Where error: invalid operation string(abc) -> float64(5)',
  'SELECT a FROM t WHERE t > 1': 'run Where error: invalid operation bool(true) > bool(false)',
  'SELECT a FROM t WHERE a AND t': 'run Where error: invalid operation float64(5) AND bool(true)',
  'SELECT a FROM t WHERE a LIKE "5"': 'run Where error: LIKE operator left operand expects string, but found 5',
  'SELECT a FROM t WHERE s BETWEEN 1 AND 2':
    'run Where error: between operator cannot compare string(abc) and int64(1)',
  'SELECT a FROM t WHERE a IN (1, "x")':
    'run Where error: evaluate in expression error: invalid operation float64(5) = string(x)',
  'SELECT a FROM t WHERE CASE WHEN s > 1 THEN true END':
    'run Where error: evaluate case expression error: invalid operation string(abc) > int64(1)',
  'SELECT a FROM t WHERE abs(s) > 1': 'run Where error: call func abs error: cannot convert string(abc) to float64',
  'SELECT a FROM t WHERE cast(s, "bigint") > 1':
    'run Where error: call func cast error: strconv.Atoi: parsing "abc": invalid syntax',
  'SELECT a FROM t WHERE json_path_query_first(o, "$.x") = 1':
    'run Where error: call func json_path_query_first error: query result (1) is not an array',
};

for (const [sql, exception] of Object.entries(EXCEPTIONS)) {
  test(`${sql} fails with eKuiper's sentence`, () => assert.deepEqual(outcomeOf(sql, { message }), { exception }));
}
