import assert from 'node:assert/strict';
import { it } from 'node:test';
import { atDeadline, succeed, thread } from './pool-on-fake-threads.js';

it('Pool passes over what a thread answers after it was cut: its job runs on another one', async (context) => {
  const { pool, threads, result } = await atDeadline(context);
  succeed(thread(threads, 0));
  assert.equal(pool.status().busy, 1);
  succeed(thread(threads, 1));
  await result;
});
