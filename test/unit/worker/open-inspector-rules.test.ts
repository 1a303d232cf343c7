import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResultFieldName } from '../../../src/domain/measures.js';
import type { RuleSpec } from '../../../src/domain/rule.js';
import { compileRules } from '../../../src/worker/rule.js';

function compile(where: string, field: ResultFieldName, classes: readonly string[], more: Partial<RuleSpec> = {}) {
  const fields = [{ name: field, alias: field }];
  const rule: RuleSpec = { ...more, id: 'r', stream: 's', model: 'm', where, topic: 't', fields, render: 'none' };
  return compileRules({ rules: [rule], copyFields: [], encoding: 'base64' }, classes);
}

test('compileRules() takes classes that the model has', () => {
  assert.equal(compile('defects.crack > 0', 'defects', ['crack']).length, 1);
});

test('compileRules() refuses a class that the model has not', () => {
  assert.throws(() => compile('defects.dust > 0', 'origin', ['crack']), { code: 'ERR_CONFIG' });
});

test('compileRules() refuses the field defects of a model without classes', () => {
  assert.throws(() => compile('defect > 0', 'defects', []), { code: 'ERR_CONFIG', message: /rule r .*it has none$/ });
});

test('compileRules() refuses a class that the model has not in the predicate of what passes', () => {
  assert.throws(() => compile('true', 'ok', ['crack'], { ok: 'defects.dust == 0' }), { code: 'ERR_CONFIG' });
});
