import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { createTallies } from '../../../src/telemetry/tallies.js';

test('tallies count by id, keep the last error, and forget ids that are gone', () => {
  let now = 5;
  const tallies = createTallies(() => now);
  tallies.done('a');
  tallies.done('a');
  tallies.failed('a', new ServiceError('ERR_PREDICATE', 'no such field'));
  now = 9;
  tallies.failed('b', new RangeError('too far'));
  assert.deepEqual(tallies.of('a'), {
    done: 2,
    failed: 1,
    lastError: { code: 'ERR_PREDICATE', message: 'no such field', atMs: 5 },
  });
  assert.deepEqual(tallies.of('b').lastError, { code: 'RangeError', message: 'too far', atMs: 9 });
  tallies.keep(['b']);
  assert.deepEqual(tallies.of('a'), { done: 0, failed: 0 });
  assert.equal(tallies.of('b').failed, 1);
});
