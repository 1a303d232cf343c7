import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRules, rulesByModel, rulesWithout } from '../../../src/catalogue/catalogue.js';
import { type RuleSpec, ruleKey } from '../../../src/domain/rule.js';

const rule = (id: string, over: Partial<RuleSpec> = {}): RuleSpec => ({
  id,
  stream: 's',
  model: 'm',
  where: 'true',
  topic: 't',
  fields: [],
  render: 'none',
  ...over,
});

test('compareRules() keeps the version of a rule that is as it was, and gives a changed one another', () => {
  const before = [rule('same', { version: 3 }), rule('changed'), rule('dropped')];
  const after = [rule('same'), rule('changed', { where: 'false' }), rule('added')];
  const { rules, added, changed, dropped } = compareRules(before, after, () => 7);
  assert.deepEqual(rules.map(ruleKey), ['same@3', 'changed@7', 'added@7']);
  assert.deepEqual(
    [added, changed, dropped].map((list) => list.map(({ id }) => id)),
    [['added'], ['changed'], ['dropped']],
  );
});

test('rulesWithout() tells versions of a rule apart', () => {
  const [old, fresh] = [rule('a'), rule('a', { version: 2 })];
  assert.deepEqual(rulesWithout([old, fresh], [fresh]), [old]);
});

test('rulesByModel() gives each model that a stream asks once, with the rules that ask it', () => {
  const rules = [rule('a'), rule('b', { model: 'n' }), rule('c'), rule('d', { stream: 'other' })];
  const found = [...rulesByModel(rules, 's')].map(([model, own]) => [model, own.map(({ id }) => id)]);
  assert.deepEqual(found, [
    ['m', ['a', 'c']],
    ['n', ['b']],
  ]);
});
