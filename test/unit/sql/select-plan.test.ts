import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LazyText, writeJson } from '../../../src/sql/values.js';
import { outcomeOf, planOf, rowWith } from '../../support/sql.js';

const TUTORIAL =
  'SELECT image as origin, inference(image)->base64 as afterProcess from t WHERE inference(image)->defect >=0';

test('a plan says what it reads, and whether it needs a picture', () => {
  const { stream, inference, reads, readsAll, picture } = planOf(TUTORIAL);
  assert.deepEqual(
    { stream, inference, reads: [...reads], readsAll, picture },
    {
      stream: 't',
      inference: { name: 'inference', image: 'image' },
      reads: ['image'],
      readsAll: false,
      picture: 'fields',
    },
  );
  const plain = planOf('SELECT *, a + t.b as c, meta(topic) as m FROM t WHERE o.x > 1');
  assert.equal(plain.inference, undefined);
  assert.deepEqual([...plain.reads].sort(), ['a', 'b', 'o']);
  assert.equal(plain.readsAll, true);
});

for (const [sql, picture] of [
  ['SELECT inference(image)->defect as d FROM t', 'none'],
  ['SELECT inference(image) as d FROM t', 'fields'],
  ['SELECT inference(image) as d INVISIBLE, d->defect as e FROM t WHERE d->defect > 0', 'none'],
  ['SELECT inference(image) as d INVISIBLE, d->base64 as e FROM t WHERE d->defect > 0', 'fields'],
  ['SELECT a FROM t WHERE length((inference(image))->base64) > 10', 'where'],
  ['SELECT inference(image) as image, image->defect as d FROM t', 'fields'],
  ['SELECT CASE WHEN a > 1 THEN inference(image)->base64 END as p FROM t', 'fields'],
] as const) {
  test(`${sql} needs the picture for ${picture}`, () => assert.equal(planOf(sql).picture, picture));
}

for (const [sql, pictures] of [
  [TUTORIAL, { processed: 'afterProcess', original: 'origin' }],
  ['SELECT a + 1, inference(image)->base64, image FROM t', { processed: 'kuiper_field_1', original: 'image' }],
  ['SELECT inference(image)->base64 as p INVISIBLE, inference(image)->defect as d FROM t', {}],
  ['SELECT image FROM t', {}],
] as const) {
  test(`${sql} has pictures in ${JSON.stringify(pictures)}`, () => assert.deepEqual(planOf(sql).pictures, pictures));
}

test('a function that is called three times is asked for what the one inference gave', () => {
  let asked = 0;
  const prediction = () => {
    asked += 1;
    return { defect: 2, base64: 'p', 'inference time': 1.5 };
  };
  const sql =
    'SELECT inference(image) as r, inference(image)->`inference time` as t FROM t WHERE inference(image)->defect > 1';
  assert.deepEqual(outcomeOf(sql, { prediction }), {
    output: '{"r":{"base64":"p","defect":2,"inference time":1.5},"t":1.5}',
  });
  assert.equal(asked, 3, 'the row is asked each time, and has one answer');
});

test('an alias is evaluated once for the condition and the fields', () => {
  const sql = 'SELECT newuuid() as id, id as again FROM t WHERE isnull(id) = false';
  const outcome = outcomeOf(sql);
  const { id, again } = JSON.parse('output' in outcome ? (outcome.output ?? '') : '');
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.equal(again, id);
});

test('an alias that is null is evaluated once, too', () => {
  let asked = 0;
  const prediction = () => {
    asked += 1;
    return {};
  };
  outcomeOf('SELECT inference(image)->classes as a, a as b, a as c FROM t', { prediction });
  assert.equal(asked, 1);
});

test('a large text is only handed on until somebody looks at it', () => {
  let read = 0;
  const image = new LazyText('bytes', (source) => {
    read += 1;
    return source.toUpperCase();
  });
  const row = rowWith({ message: { image } });
  const parts: unknown[] = [];
  for (const [, value] of planOf('SELECT image as origin FROM t WHERE isnull(image) = false').judge(row).columns()) {
    writeJson(value, (part) => parts.push(part));
  }
  assert.deepEqual(parts, [image]);
  assert.equal(read, 0);
  assert.deepEqual(planOf('SELECT length(image) as n, concat(image, "!") as s FROM t').judge(row).columns(), [
    ['n', 5n],
    ['s', 'BYTES!'],
  ]);
  assert.equal(planOf('SELECT a FROM t WHERE image = "BYTES" AND image LIKE "B%"').judge(row).holds(), true);
  assert.equal(read, 1);
});

test('a stream with fields has those alone, and integers where they are bigint', () => {
  const schema = [
    { name: 'a', type: 'bigint' },
    { name: 's', type: 'string' },
  ] as const;
  const message = { a: 5, b: 1, s: 'x' };
  assert.deepEqual(outcomeOf('SELECT *, a / 2 as h FROM t', { message, schema }), { output: '{"a":5,"h":2,"s":"x"}' });
  assert.deepEqual(outcomeOf('SELECT b, a & 1 as o FROM t', { message, schema }), { output: '{"o":1}' });
});

test('now() is the time of the machine, with as many places as it is asked for', () => {
  const now = new Date(2026, 10, 30, 8, 5, 9, 42);
  assert.deepEqual(outcomeOf('SELECT now() as a, now(2) as b FROM t', { now }), {
    output: '{"a":"2026-11-30 08:05:09","b":"2026-11-30 08:05:09.04"}',
  });
});

test('explain() gives eKuiper’s plan', () => {
  const condition =
    'binaryExpr:{ binaryExpr:{ Call:{ name:inference, args:[t.image] } -> jsonFieldName:defect } >= 0 }';
  assert.equal(
    planOf(TUTORIAL).explain(),
    [
      '{"op":"ProjectPlan_0","info":"Fields:[ $$alias.origin,aliasRef:t.image, $$alias.afterProcess,aliasRef:binaryExpr:{ Call:{ name:inference, args:[t.image] } -> jsonFieldName:base64 } ]"}',
      `\t{"op":"FilterPlan_1","info":"Condition:{ ${condition} }, "}`,
      '\t\t\t{"op":"DataSourcePlan_2","info":"StreamName: t, StreamFields:[ image ]"}',
    ].join('\n'),
  );
});
