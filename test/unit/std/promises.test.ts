import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aborted, deferred, settlesWithin } from '../../../src/std/promises.js';

test('deferred() is settled by whoever holds it', async () => {
  const fulfilled = deferred<number>();
  const rejected = deferred();
  fulfilled.resolve(1);
  rejected.reject(new Error('no'));
  assert.equal(await fulfilled.promise, 1);
  await assert.rejects(rejected.promise, /^Error: no$/);
});

test('aborted() resolves for a signal that has aborted, and for one that aborts later', async () => {
  const later = new AbortController();
  const both = Promise.all([aborted(AbortSignal.abort()), aborted(later.signal)]);
  later.abort();
  assert.deepEqual(await both, [undefined, undefined]);
});

test('settlesWithin() tells work that has ended from work that has not', async () => {
  assert.equal(await settlesWithin(Promise.resolve(), 60_000), true);
  assert.equal(await settlesWithin(new Promise(() => undefined), 1), false);
});
