import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { migrate } from '../../../../src/cli/migrate/to-file.js';
import { compileWhere } from '../../../../src/rules/where.js';
import { loadText } from '../../../support/service/config-folder.js';

const STREAM = 'CREATE STREAM openvino_demo () WITH (DATASOURCE="openvino_demo")';
const TUTORIAL =
  'SELECT image as origin, inference(image)->base64 as afterProcess from openvino_demo WHERE inference(image)->defect >=0';
const MQTT = { mqtt: { server: 'tcp://emqx.io:1883', sendSingle: true, topic: 'ekuiper/defect' } };

function migrated(sql: string, actions: readonly object[] = [MQTT], more: object = {}) {
  return migrate({
    streams: new Map([['openvino_demo', STREAM]]),
    rules: new Map([['ruleOp', JSON.stringify({ id: 'ruleOp', sql, actions, ...more })]]),
    plugins: [],
    others: [],
  });
}

function whereOf(condition: string): string {
  const { file, notes } = migrated(`SELECT image as origin FROM openvino_demo WHERE ${condition}`);
  assert.deepEqual(notes, []);
  return (parse(file) as { rules: { where: string }[] }).rules[0]?.where ?? '';
}

test('the tutorial becomes a configuration that loads and does the same', () => {
  const { file, notes } = migrated(TUTORIAL);
  assert.deepEqual(notes, []);
  const { config } = loadText(file);
  assert.deepEqual(config.streams, [{ id: 'openvino_demo', topics: ['openvino_demo'] }]);
  const [rule] = config.rules;
  assert.deepEqual([rule?.where, rule?.topic, rule?.stream], ['defect >= 0', 'ekuiper/defect', 'openvino_demo']);
  assert.deepEqual(
    rule?.fields.map(({ name, alias }) => [name, alias]),
    [
      ['origin', 'origin'],
      ['afterProcess', 'afterProcess'],
    ],
  );
  assert.deepEqual(config.sinks[0]?.broker.url, ['mqtt://emqx.io:1883']);
});

const CONDITIONS: readonly (readonly [sql: string, cel: string])[] = [
  ['inference(image)->defect > 1 AND station = "press"', 'defect > 1 && (has(msg.station) && msg.station == "press")'],
  ['a > 5 OR (b < 2.5)', '(has(msg.a) && msg.a > 5.0) || ((has(msg.b) && msg.b < 2.5))'],
  ['o->x != 1', '(has(msg.o) && has(msg.o.x) && msg.o.x != 1.0)'],
  ['inference(image)->defect BETWEEN 1 AND 3', 'defect >= 1 && defect <= 3'],
  ['inference(image)->defects->scratch > 0', 'defects["scratch"] > 0'],
  [
    'inference(image)->defects->`big dent` >= 2 OR inference(image)->area > 1',
    'defects["big dent"] >= 2 || area > 1.0',
  ],
  ['inference(image)->width > 640 AND inference(image)->score > 0.5', 'width > 640 && score > 0.5'],
  ['a NOT IN (1, 2)', '(has(msg.a) && !(msg.a in [1.0, 2.0]))'],
  ['s LIKE "a%"', '(has(msg.s) && msg.s.startsWith("a"))'],
  ['s NOT LIKE "%b%"', '(has(msg.s) && !msg.s.contains("b"))'],
  ['isnull(n)', '!has(msg.n)'],
  ['meta(topic) = "a/b"', 'topic == "a/b"'],
];
for (const [sql, cel] of CONDITIONS) {
  test(`WHERE ${sql} becomes CEL that compiles`, () => {
    assert.equal(whereOf(sql), cel);
    compileWhere(cel);
  });
}

const IMPOSSIBLE: readonly (readonly [sql: string, note: RegExp])[] = [
  ['SELECT * FROM openvino_demo', /SELECT \* is not there/],
  ['SELECT upper(s) as r FROM openvino_demo', /a field that is computed is not there/],
  ['SELECT a as b FROM openvino_demo', /the field a cannot have another name, b/],
  ['SELECT image as origin FROM openvino_demo WHERE length(s) > 1', /the function length is not there/],
  ['SELECT image as origin FROM openvino_demo WHERE s LIKE "a_b"', /LIKE "a_b" is not there/],
  ['SELECT image as origin FROM openvino_demo WHERE inference(image)->regions = 1', /a predicate knows no regions/],
  [
    'SELECT image as origin FROM openvino_demo WHERE inference(image)->defects > 1',
    /defects is compared class by class/,
  ],
  ['SELECT image as origin FROM openvino_demo WHERE a &', /found/],
];
for (const [sql, note] of IMPOSSIBLE) {
  test(`${sql} cannot be done, and is told`, () => {
    const { file, notes } = migrated(sql);
    assert.equal(file, '');
    assert.match(notes.join('\n'), note);
    assert.match(notes.join('\n'), /REST takes it as it is/);
  });
}

test('what is done in another way is told, and no password is printed', () => {
  const props = {
    server: 'ssl://b:8883',
    topic: 't',
    username: 'u',
    password: 'secret-word',
    retained: true,
    clientId: 'c',
    fields: ['a'],
  };
  const { file, notes } = migrated(TUTORIAL, [{ mqtt: props }, MQTT, { log: {} }], { triggered: false });
  assert.ok(!file.includes('secret-word'));
  const rules = (parse(file) as { rules: { id: string }[] }).rules;
  assert.deepEqual(
    rules.map(({ id }) => id),
    ['ruleOp', 'ruleOp-2'],
  );
  for (const told of [
    'is stopped there',
    'not an array',
    'not retained',
    'client id',
    'fields is left out',
    'password is left out',
    'action log',
  ]) {
    assert.ok(
      notes.some((note) => note.includes(told)),
      told,
    );
  }
});

test('fields of the message are copied into results', () => {
  const { file } = migrated('SELECT image as origin, station FROM openvino_demo');
  assert.deepEqual(loadText(file).config.result.copyFields, ['station']);
});
