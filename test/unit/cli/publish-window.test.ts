import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPublishWindow } from '../../../src/cli/publish-window.js';

const NEVER = new AbortController().signal;

/** A client whose broker acknowledges when the test says so. */
function manualBroker() {
  const open: { ack: () => void; refuse: (error: Error) => void }[] = [];
  const client = {
    publishAsync: () =>
      new Promise<undefined>((resolve, reject) => {
        open.push({ ack: () => resolve(undefined), refuse: reject });
      }),
  };
  return { open, window: createPublishWindow(client, { topic: 'gate', qos: 1, size: 2 }) };
}

test('room() waits until fewer than `size` publishes are open', async () => {
  const { open, window } = manualBroker();
  const acknowledged: number[] = [];
  for (const n of [1, 2]) window.publish('', () => acknowledged.push(n));
  const room = window.room(NEVER);
  open[0]?.ack();
  await room;
  assert.deepEqual(acknowledged, [1]);
});

test('drained() waits until all are acknowledged', async () => {
  const { open, window } = manualBroker();
  let acknowledged = 0;
  for (let n = 0; n < 2; n += 1) window.publish('', () => (acknowledged += 1));
  const drained = window.drained(NEVER);
  for (const { ack } of open) ack();
  await drained;
  assert.equal(acknowledged, 2);
});

test('both stop waiting when they are told to', async () => {
  const { window } = manualBroker();
  for (let n = 0; n < 2; n += 1) window.publish('', () => undefined);
  const over = new AbortController();
  const waiting = Promise.all([window.room(over.signal), window.drained(over.signal)]);
  over.abort();
  await waiting;
});

test('both end with the first refusal', async () => {
  const { open, window } = manualBroker();
  for (let n = 0; n < 2; n += 1) window.publish('', () => undefined);
  const waiting = window.drained(NEVER);
  open[1]?.refuse(new Error('Not authorized'));
  await assert.rejects(waiting, { code: 'ERR_BROKER', message: /on gate: Not authorized/ });
  await assert.rejects(window.room(NEVER), { code: 'ERR_BROKER' });
});
