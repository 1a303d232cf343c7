import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createProgress } from '../../../src/worker/protocol/progress.js';

it('createProgress() tells the other side of the same memory which job was begun last', () => {
  const main = createProgress();
  const worker = createProgress(main.memory);
  assert.equal(main.inWork(), undefined);
  assert.equal(worker.begin(0), true);
  assert.equal(main.inWork(), 0);
  worker.begin(2 ** 40);
  assert.equal(main.inWork(), 2 ** 40);
});

it('createProgress() keeps the worker from jobs that it has not begun when they are dropped', () => {
  const main = createProgress();
  const worker = createProgress(main.memory);
  assert.equal(worker.begin(1), true);
  main.drop();
  assert.equal(worker.begin(2), false);
});
