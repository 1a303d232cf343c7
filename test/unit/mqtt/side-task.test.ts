import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSideTask } from '../../../src/mqtt/companions.js';

function start() {
  let timesOff = 0;
  const task = createSideTask(() => {
    timesOff += 1;
  });
  return { task, timesOff: () => timesOff };
}

test('SideTask is begun at once on each connection while the broker answers', () => {
  const { task } = start();
  for (let connection = 0; connection < 5; connection += 1) {
    assert.equal(task.atReady(), true);
    task.answered();
    task.closed();
  }
});

test('SideTask waits for the connection to prove itself after one was closed while it was unanswered', () => {
  const { task } = start();
  task.atReady();
  task.closed();
  assert.deepEqual([task.atReady(), task.atProved(), task.atProved()], [false, true, false]);
});

test('SideTask is off after three closings that it seems to have caused, and says so once', () => {
  const { task, timesOff } = start();
  task.atReady();
  task.closed();
  for (let connection = 0; connection < 4; connection += 1) {
    task.atProved();
    task.closed();
  }
  assert.deepEqual([task.atReady(), task.atProved(), task.isOff, timesOff()], [false, false, true, 1]);
});

test('SideTask is not held to account for connections that are lost before they have proved to work', () => {
  const { task } = start();
  task.atReady();
  for (let loss = 0; loss < 10; loss += 1) {
    task.closed();
    task.atReady();
  }
  assert.equal(task.isOff, false);
});

test('SideTask begins anew when it is answered after all', () => {
  const { task } = start();
  task.atReady();
  task.closed();
  task.atProved();
  task.answered();
  task.closed();
  assert.equal(task.atReady(), true);
});
