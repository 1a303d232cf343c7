import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReadiness } from '../../../src/telemetry/readiness.js';

test('createReadiness() is not ready before every condition was reported', () => {
  const readiness = createReadiness(['source', 'workers']);
  readiness.fulfil('source');
  assert.deepEqual(readiness.state(), {
    ready: false,
    reasons: ['workers: not yet'],
    conditions: [
      { name: 'source', ok: true },
      { name: 'workers', ok: false, reason: 'not yet' },
    ],
  });
});

test('Readiness is ready when all conditions are fulfilled', () => {
  const readiness = createReadiness(['source', 'workers']);
  readiness.fulfil('source');
  readiness.fulfil('workers');
  assert.equal(readiness.state().ready, true);
});

test('Readiness.fail() takes it back with the reason', () => {
  const readiness = createReadiness(['source']);
  readiness.fulfil('source');
  readiness.fail('source', 'connection refused');
  assert.deepEqual(readiness.state().reasons, ['source: connection refused']);
});

test('Readiness.firstReady resolves when the whole is ready for the first time', async () => {
  const readiness = createReadiness(['source', 'workers']);
  let isResolved = false;
  void readiness.firstReady.then(() => (isResolved = true));
  readiness.fulfil('source');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isResolved, false);
  readiness.fulfil('workers');
  await readiness.firstReady;
  readiness.fail('workers', 'gone');
  await readiness.firstReady;
});

test('createReadiness() reports turns of the whole, not each condition', () => {
  const turns: boolean[] = [];
  const readiness = createReadiness(['source', 'workers'], (state) => turns.push(state.ready));
  readiness.fulfil('source');
  readiness.fulfil('workers');
  readiness.fail('workers', 'one is abandoned');
  readiness.fail('source', 'gone');
  assert.deepEqual(turns, [true, false]);
});

test('Readiness refuses a condition that nobody waits for', () => {
  const readiness = createReadiness<string>(['source']);
  assert.throws(() => readiness.fulfil('sorce'), /"sorce" as it must be one of source/);
});

test('a service that stops is not ready, and tells nothing of its parts any more', () => {
  const changes: boolean[] = [];
  const readiness = createReadiness(['source'], ({ ready }) => changes.push(ready));
  readiness.fulfil('source');
  readiness.stop();
  assert.deepEqual([readiness.state().ready, readiness.state().reasons], [false, ['service: it stops']]);
  readiness.fail('source', 'not connected');
  readiness.fulfil('source');
  assert.deepEqual([readiness.state().ready, changes], [false, [true]]);
});
