/** What would go wrong: one worker of several has a model or a rule that the others have not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError, toWire } from '../../../src/std/errors.js';
import type { FakeThread } from '../../support/process/fake-thread.js';
import { KEY, lastId, modelOf, poolOnFakeThreads, settle, thread } from './pool-on-fake-threads.js';

const RULE = {
  id: 'r',
  version: 2,
  stream: 's',
  model: KEY,
  where: 'true',
  topic: 't',
  fields: [],
  render: 'none',
} as const;
const changes = (fake: FakeThread) =>
  fake.requests.flatMap((each) => (each.type === 'change' ? [each.change.type] : []));
const agree = (fake: FakeThread) => fake.reply({ type: 'changed', id: lastId(fake) });
const refuse = (fake: FakeThread) =>
  fake.reply({ type: 'failed', id: lastId(fake), error: toWire(new ServiceError('ERR_CONFIG', 'no such class')) });

describe('Pool.addModel()', () => {
  it('resolves when every worker has the model, and gives it to those that start later', async () => {
    const { pool, threads } = poolOnFakeThreads(2);
    await pool.start();
    const added = pool.addModel(modelOf('b'));
    await settle();
    agree(thread(threads, 0));
    agree(thread(threads, 1));
    await added;
    thread(threads, 0).end(new Error('gone'));
    await settle();
    const [start] = thread(threads, 2).requests;
    assert.deepEqual(start?.type === 'start' && start.models.map(({ setup }) => setup.key), [KEY, 'b']);
  });

  it('takes the model back everywhere when one worker refuses it', async () => {
    const { pool, threads } = poolOnFakeThreads(2);
    await pool.start();
    const added = assert.rejects(pool.addModel(modelOf('b')), /no such class/);
    await settle();
    agree(thread(threads, 0));
    refuse(thread(threads, 1));
    await settle();
    agree(thread(threads, 0));
    agree(thread(threads, 1));
    await added;
    assert.deepEqual(changes(thread(threads, 0)), ['add-model', 'remove-model']);
    assert.deepEqual(
      (await pool.models()).map(({ setup }) => setup.key),
      [KEY],
    );
  });

  it('does not wait for a worker that ends meanwhile: its successor starts with the model', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const added = pool.addModel(modelOf('b'));
    await settle();
    thread(threads, 0).end(new Error('gone'));
    await added;
  });
});

describe('Pool.addRules()', () => {
  it('keeps no rule that one worker refuses', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const added = assert.rejects(pool.addRules(KEY, [RULE]), { code: 'ERR_CONFIG' });
    await settle();
    refuse(thread(threads, 0));
    await settle();
    agree(thread(threads, 0));
    await added;
    assert.deepEqual((await pool.models())[0]?.setup.rules, []);
  });

  it('has rules until they are dropped', async () => {
    const { pool, threads } = poolOnFakeThreads(1);
    await pool.start();
    const added = pool.addRules(KEY, [RULE]);
    await settle();
    agree(thread(threads, 0));
    await added;
    assert.deepEqual((await pool.models())[0]?.setup.rules, [RULE]);
    const dropped = pool.dropRules(KEY, ['r@2']);
    await settle();
    agree(thread(threads, 0));
    await dropped;
    assert.deepEqual((await pool.models())[0]?.setup.rules, []);
  });
});
