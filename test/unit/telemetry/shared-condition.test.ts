import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReadiness, createSharedCondition } from '../../../src/telemetry/readiness.js';

test('a shared condition holds when it holds for each part, and names those for which it does not', () => {
  const readiness = createReadiness(['source']);
  const condition = createSharedCondition(readiness, 'source', ['a']);
  condition.report('a', 'not connected');
  assert.deepEqual(readiness.state().reasons, ['source: not connected']);
  condition.report('b', 'not subscribed');
  assert.deepEqual(readiness.state().reasons, ['source: a: not connected; b: not subscribed']);
  condition.report('a', undefined);
  assert.deepEqual(readiness.state().reasons, ['source: b: not subscribed']);
  condition.forget('b');
  assert.ok(readiness.state().ready);
});
