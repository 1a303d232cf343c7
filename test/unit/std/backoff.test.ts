import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackoff } from '../../../src/std/backoff.js';

test('createBackoff() doubles the delay up to the limit', () => {
  const backoff = createBackoff(() => 1, { firstMs: 100, limitMs: 500 });
  assert.deepEqual(
    Array.from({ length: 5 }, () => backoff.next()),
    [100, 200, 400, 500, 500],
  );
});

test('createBackoff() spreads the delay over its upper half', () => {
  const backoff = createBackoff(() => 0, { firstMs: 100, limitMs: 500 });
  assert.equal(backoff.next(), 50);
});

test('createBackoff().reset() starts over', () => {
  const backoff = createBackoff(() => 1, { firstMs: 100, limitMs: 500 });
  backoff.next();
  backoff.reset();
  assert.equal(backoff.next(), 100);
});
