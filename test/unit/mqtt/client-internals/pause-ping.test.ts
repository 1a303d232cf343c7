import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createPausePing } from '../../../../src/mqtt/client-internals/pause-ping.js';

function fakeClient(overrides = {}) {
  const calls: string[] = [];
  const client = {
    connected: true,
    keepalive: 10,
    sendPing: () => void calls.push('ping'),
    reschedulePing: (force?: boolean) => void calls.push(`reschedule ${force}`),
    stream: { bytesRead: 0, readableLength: 0, read: () => null },
    ...overrides,
  };
  return { client, calls };
}

/** A client whose stream is held for a minute, keepalive 10 s; `onPing` is what the broker does. How often it is told dead. */
function heldForAMinute(
  t: TestContext,
  stream: object,
  onPing: (stream: { bytesRead: number }) => void = () => undefined,
) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const held = { bytesRead: 0, readableLength: 0, read: () => null, ...stream };
  const { client } = fakeClient({ stream: held, sendPing: () => onPing(held) });
  let deaths = 0;
  createPausePing(client, () => {
    deaths += 1;
    client.connected = false;
  })(true);
  t.mock.timers.tick(60_000);
  return deaths;
}

const never = () => assert.fail('it is not dead');

test('createPausePing() pings at once and every half keepalive while paused', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { client, calls } = fakeClient();
  createPausePing(client, never)(true);
  t.mock.timers.tick(5_000);
  client.stream.bytesRead += 2;
  t.mock.timers.tick(5_000);
  assert.deepEqual(calls, ['ping', 'reschedule true', 'ping', 'reschedule true', 'ping', 'reschedule true']);
});

test('createPausePing() stops with the pause', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { client, calls } = fakeClient();
  const setPaused = createPausePing(client, never);
  setPaused(true);
  setPaused(false);
  t.mock.timers.tick(60_000);
  assert.equal(calls.length, 2);
});

test('createPausePing() does not ping at every one of many short pauses', () => {
  const { client, calls } = fakeClient();
  const setPaused = createPausePing(client, never);
  for (let count = 0; count < 100; count += 1) {
    setPaused(true);
    setPaused(false);
  }
  assert.deepEqual(calls, ['ping', 'reschedule true']);
});

test('createPausePing() is silent while the client is not connected', () => {
  const { client, calls } = fakeClient({ connected: false });
  const setPaused = createPausePing(client, never);
  setPaused(true);
  setPaused(false);
  assert.deepEqual(calls, []);
});

test('createPausePing() is silent without a keepalive', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { client, calls } = fakeClient({ keepalive: 0 });
  createPausePing(client, never)(true);
  t.mock.timers.tick(60_000);
  assert.deepEqual(calls, []);
});

test('createPausePing() takes a broker for dead that sends no byte after two pings', (t) => {
  assert.equal(heldForAMinute(t, {}), 1);
});

test('createPausePing() does so within 1.5 × keepalive', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { client } = fakeClient();
  let isDead = false;
  createPausePing(client, () => (isDead = true))(true);
  client.stream.bytesRead += 2; // the last answer
  t.mock.timers.tick(15_000);
  assert.equal(isDead, true);
});

test('createPausePing() takes every byte for life', (t) => {
  assert.equal(
    heldForAMinute(t, {}, (stream) => (stream.bytesRead += 2)),
    0,
  );
});

test('createPausePing() says nothing of a broker when more is waiting than it reads ahead', (t) => {
  assert.equal(heldForAMinute(t, { readableLength: 2 ** 20 }), 0);
});

test('createPausePing() says nothing of a stream that does not count its bytes', (t) => {
  assert.equal(heldForAMinute(t, { bytesRead: undefined }), 0);
});
