import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDryRun } from '../../../src/requests/answer-request.js';

test('parseDryRun() takes the default render and no predicate when nothing is given', () => {
  assert.deepEqual(parseDryRun([], 'pair'), { render: 'pair' });
});

test('parseDryRun() takes where and render', () => {
  const given = new URLSearchParams('where=defect > 0&render=mask');
  assert.deepEqual(parseDryRun(given, 'pair'), { where: 'defect > 0', render: 'mask' });
});

test('parseDryRun() refuses a render that is no kind, and anything given twice', () => {
  const code = 'ERR_CONFIG';
  assert.throws(() => parseDryRun([['render', 'x'.repeat(9999)]], 'pair'), { code, message: /^.{0,300}$/ });
  assert.throws(() => parseDryRun(new URLSearchParams('where=a&where=b'), 'pair'), { code });
});
