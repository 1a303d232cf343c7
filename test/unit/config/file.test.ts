import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfigFile } from '../../../src/config/file.js';

test('parseConfigFile() keeps known values as they are and drops keys without one', () => {
  const { tree, faults } = parseConfigFile('http:\n  port: 1\n  token:\nlog:\nengine: auto\n', 'f');
  assert.deepEqual(tree, { http: { port: 1 }, engine: 'auto' });
  assert.deepEqual(faults, []);
});

test('parseConfigFile() gives the line of each key', () => {
  const { origins } = parseConfigFile('http:\n  port: 1\n  host:\n    x\n', 'f');
  assert.deepEqual(
    [...origins],
    [
      ['http.port', 'file f, line 2'],
      ['http.host', 'file f, line 4'],
    ],
  );
});

test('parseConfigFile() drops entries without a value from rules', () => {
  const { tree } = parseConfigFile('rules: [{id: a, where: "true", topic: }]\n', 'f');
  assert.deepEqual(tree, { rules: [{ id: 'a', where: 'true' }] });
});

for (const [title, text, rule] of [
  ['a list at the top', '- a\n', /must be a mapping of keys to values/],
  ['text at the top', 'hello', /must be a mapping of keys to values/],
  ['a value where keys are', 'mqtt: 5\n', /must be a mapping of keys to values/],
  ['keys where a value is', 'mqtt: {url: {a: 1}}\n', /must be a value, not a mapping/],
  ['a key that is given twice', 'log: {level: info}\nlog: {level: warn}\n', /found a key that is given twice/],
  ['several documents', 'log:\n---\nlog:\n', /found several documents/],
  ['an unclosed bracket', 'source: {topics: [a\n', /must be YAML or JSON/],
  ['an alias', 'log: &a {level: info}\nhttp: *a\n', /found an alias/],
  ['an alias without anchor', 'mqtt: {password: *abc}\n', /found an alias/],
  ['a tag', 'mqtt: {password: !abc x}\n', /found an unknown tag/],
] as const) {
  test(`parseConfigFile() refuses ${title}`, () => {
    const { faults } = parseConfigFile(text, 'f');
    assert.match(faults[0]?.rule ?? '', rule);
  });
}

// Passwords are often typed without the quotes that they need; the parser's own words would quote them.
for (const secret of [
  '*hunter2',
  '!hunter2',
  '@hunter2',
  '|hunter2',
  '"hunter2',
  '{hunter2',
  '%hunter2',
  '`hunter2',
  '[hunter2',
]) {
  test(`parseConfigFile() does not repeat the unquoted text ${secret}`, () => {
    const { faults } = parseConfigFile(`mqtt:\n  password: ${secret}\n`, 'f');
    assert.doesNotMatch(JSON.stringify(faults), /hunter2/);
  });
}
