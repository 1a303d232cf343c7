import assert from 'node:assert/strict';
import { it } from 'node:test';
import { JOB_TIMEOUT_MS, job, poolOnFakeThreads, settle, succeed, thread } from './pool-on-fake-threads.js';

it('Pool passes over what a thread answers after it was cut: its job runs on another one', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { pool, threads } = poolOnFakeThreads(1);
  await pool.start();
  const result = pool.run(job('a'));
  context.mock.timers.tick(JOB_TIMEOUT_MS);
  await settle();
  succeed(thread(threads, 0));
  assert.equal(pool.status().busy, 1);
  succeed(thread(threads, 1));
  await result;
});
