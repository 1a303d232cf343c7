/** What would go wrong: pictures of one model that takes a second each keep those of another waiting for minutes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFairQueue, type FairQueue, type Task } from '../../../src/pool/queue.js';

let nextId = 0;
function taskOf(model: string): Task {
  const job = { topic: 't', payload: new Uint8Array(), properties: { user: [] }, receivedAtMs: 0 };
  return {
    id: nextId++,
    work: { type: 'inspect', job: { ...job, assignments: [{ model, rules: [] }] } },
    resolve: () => undefined,
    reject: () => undefined,
    beforeStart: () => undefined,
    attempt: 1,
    queuedAtMs: 0,
    startedAtMs: 0,
  };
}

const modelOf = ({ work }: Task) => (work.type === 'inspect' ? work.job.assignments?.[0]?.model : work.key) ?? '';

/** One worker takes `count` tasks; each takes as long as its model does. Resolves to how often each model went. */
function serve(queue: FairQueue, count: number, costMs: Readonly<Record<string, number>>) {
  const served: Record<string, number> = {};
  for (let i = 0; i < count; i += 1) {
    const task = queue.shift();
    assert.ok(task);
    const model = modelOf(task);
    served[model] = (served[model] ?? 0) + 1;
    queue.worked(task, costMs[model] ?? 0);
    queue.push(taskOf(model));
  }
  return served;
}

describe('FairQueue', () => {
  it('keeps the order of one model, with a second try before all others', () => {
    const queue = createFairQueue();
    const [a, b, c] = [taskOf('m'), taskOf('m'), taskOf('m')];
    queue.push(a);
    queue.push(b);
    queue.unshift(c);
    assert.deepEqual([queue.size, queue.shift(), queue.shift(), queue.shift(), queue.shift()], [3, c, a, b, undefined]);
  });

  it('shares the time of the workers, not the number of pictures', () => {
    const queue = createFairQueue();
    for (let i = 0; i < 50; i += 1) queue.push(taskOf('slow'));
    queue.push(taskOf('fast'));
    const { slow = 0, fast = 0 } = serve(queue, 1_000, { slow: 100, fast: 10 });
    assert.ok(Math.abs((slow * 100) / (fast * 10) - 1) < 0.1, `${slow} slow ones, ${fast} fast ones`);
  });

  it('lets a model that comes back wait no longer for the time that it did not use', () => {
    const queue = createFairQueue();
    queue.push(taskOf('a'));
    serve(queue, 100, { a: 10 });
    queue.push(taskOf('b'));
    const { a = 0, b = 0 } = serve(queue, 100, { a: 10, b: 10 });
    assert.ok(Math.abs(a - b) <= 2, `${a} of the one that was there, ${b} of the one that came`);
  });

  it('gives everything back when it is cleared', () => {
    const queue = createFairQueue();
    const tasks = [taskOf('a'), taskOf('b'), taskOf('a')];
    for (const task of tasks) queue.push(task);
    assert.deepEqual(new Set(queue.clear()), new Set(tasks));
    assert.deepEqual([queue.size, queue.shift()], [0, undefined]);
  });
});
