import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPausePing } from '../../../src/mqtt/pause-ping.js';

function fakeClient(overrides = {}) {
  const calls: string[] = [];
  const client = {
    connected: true,
    keepalive: 10,
    sendPing: () => void calls.push('ping'),
    reschedulePing: (force?: boolean) => void calls.push(`reschedule ${force}`),
    ...overrides,
  };
  return { client, calls };
}

test('createPausePing() pings at once and every half keepalive while paused', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { client, calls } = fakeClient();
  createPausePing(client)(true);
  t.mock.timers.tick(10_000);
  assert.deepEqual(calls, ['ping', 'reschedule true', 'ping', 'reschedule true', 'ping', 'reschedule true']);
});

test('createPausePing() stops with the pause', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { client, calls } = fakeClient();
  const setPaused = createPausePing(client);
  setPaused(true);
  setPaused(false);
  t.mock.timers.tick(60_000);
  assert.equal(calls.length, 2);
});

test('createPausePing() does not ping at every one of many short pauses', () => {
  const { client, calls } = fakeClient();
  const setPaused = createPausePing(client);
  for (let count = 0; count < 100; count += 1) {
    setPaused(true);
    setPaused(false);
  }
  assert.deepEqual(calls, ['ping', 'reschedule true']);
});

test('createPausePing() is silent while the client is not connected', () => {
  const { client, calls } = fakeClient({ connected: false });
  const setPaused = createPausePing(client);
  setPaused(true);
  setPaused(false);
  assert.deepEqual(calls, []);
});

test('createPausePing() is silent without a keepalive', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { client, calls } = fakeClient({ keepalive: 0 });
  createPausePing(client)(true);
  t.mock.timers.tick(60_000);
  assert.deepEqual(calls, []);
});
