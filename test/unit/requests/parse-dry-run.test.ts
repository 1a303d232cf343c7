import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTrial } from '../../../src/requests/parse-dry-run.js';

test('readTrial() takes the default render and no predicate when nothing is given', () => {
  assert.deepEqual(readTrial([], 'pair'), { render: 'pair' });
});

test('readTrial() takes where and render', () => {
  const given = new URLSearchParams('where=defect > 0&render=mask');
  assert.deepEqual(readTrial(given, 'pair'), { where: 'defect > 0', render: 'mask' });
});

test('readTrial() refuses a render that is no kind, and anything given twice', () => {
  const code = 'ERR_CONFIG';
  assert.throws(() => readTrial([['render', 'x'.repeat(9999)]], 'pair'), { code, message: /^.{0,300}$/ });
  assert.throws(() => readTrial(new URLSearchParams('where=a&where=b'), 'pair'), { code });
});
