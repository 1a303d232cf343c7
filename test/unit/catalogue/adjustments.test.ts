/** What would go wrong: a model that was promoted stays when the configuration names another, or goes when it does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Adjustments, adjusted, adjustmentsFor, NO_ADJUSTMENTS } from '../../../src/catalogue/adjustments.js';
import type { Catalogue, ModelEntry } from '../../../src/catalogue/catalogue.js';
import type { RuleSpec } from '../../../src/domain/rule.js';

const rule = (id: string, stream: string): RuleSpec => {
  return { id, stream, model: 'm', where: 'true', topic: 'out', fields: [], render: 'none' };
};
const model = (path: string): ModelEntry => {
  return { id: 'm', path, device: 'CPU', precision: 'f32', selfTestIntervalSeconds: 0, settings: {} };
};
const GIVEN: Catalogue = {
  streams: [
    { id: 'north', topics: ['n'] },
    { id: 'south', topics: ['s'] },
    { id: 'unread', topics: ['u'] },
  ],
  models: [model('one')],
  rules: [rule('a', 'north'), rule('b', 'north'), rule('c', 'south')],
};
const stopping = (...ids: string[]): Adjustments => ({ ...NO_ADJUSTMENTS, stopped: new Set(ids) });
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);

test('a stream runs while one of its rules does, and one without any rule as it would anyway', () => {
  const running = adjusted(GIVEN, stopping('a', 'c'));
  assert.deepEqual(ids(running.rules), ['b']);
  assert.deepEqual(ids(running.streams), ['north', 'unread']);
  assert.deepEqual(adjusted(GIVEN, NO_ADJUSTMENTS), GIVEN);
});

test('a promoted model runs until the configuration says something else than it did', () => {
  const promoted = new Map([['m', { entry: model('two'), insteadOf: model('one'), version: 2 }]]);
  const adjustments = { ...NO_ADJUSTMENTS, promoted };
  assert.equal(adjusted(GIVEN, adjustments).models[0]?.path, 'two');
  const same = { ...GIVEN, rules: [rule('a', 'south')] };
  assert.deepEqual(adjustmentsFor(same, adjustments), adjustments);
  assert.deepEqual(adjustmentsFor({ ...GIVEN, models: [model('three')] }, adjustments), NO_ADJUSTMENTS);
  assert.deepEqual(adjustmentsFor({ ...GIVEN, models: [] }, adjustments), NO_ADJUSTMENTS);
});

test('a rule that is dropped is no longer stopped', () => {
  assert.deepEqual(adjustmentsFor({ ...GIVEN, rules: [rule('b', 'north')] }, stopping('a', 'b')), stopping('b'));
});
