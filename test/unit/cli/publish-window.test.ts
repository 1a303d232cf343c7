import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { MqttClient } from 'mqtt';
import { createPublishWindow } from '../../../src/cli/publish-window.js';

const NEVER = new AbortController().signal;

/** A client whose broker acknowledges when the test says so. */
function manualBroker(maximumPacketSize?: number) {
  const open: { ack: () => void; refuse: (error: Error) => void }[] = [];
  const client = new EventEmitter();
  const publishAsync = () =>
    new Promise<undefined>((resolve, reject) => {
      open.push({ ack: () => resolve(undefined), refuse: reject });
    });
  const window = createPublishWindow(Object.assign(client, { publishAsync }) as unknown as MqttClient, {
    ...{ topic: 'gate', qos: 1, size: 2, protocolVersion: 5 },
    connack: maximumPacketSize === undefined ? {} : { properties: { maximumPacketSize } },
  });
  /** The broker takes the connection and ends it over what is open. */
  const hangUp = (): void => {
    client.emit('close');
    client.emit('packetreceive', { cmd: 'connack', reasonCode: 0 });
  };
  return {
    client,
    open,
    window,
    hangUp,
    publish: (name = 'a.jpg', payload = '') => window.publish(payload, name, () => undefined),
  };
}

test('room() waits until fewer than `size` publishes are open', async () => {
  const { open, window } = manualBroker();
  const acknowledged: number[] = [];
  for (const n of [1, 2]) window.publish('', 'a.jpg', () => acknowledged.push(n));
  const room = window.room(NEVER);
  open[0]?.ack();
  await room;
  assert.deepEqual(acknowledged, [1]);
});

test('drained() waits until all are acknowledged', async () => {
  const { open, window } = manualBroker();
  let acknowledged = 0;
  for (let n = 0; n < 2; n += 1) window.publish('', 'a.jpg', () => (acknowledged += 1));
  const drained = window.drained(NEVER);
  for (const { ack } of open) ack();
  await drained;
  assert.equal(acknowledged, 2);
});

test('both stop waiting when they are told to', async () => {
  const { window, publish } = manualBroker();
  for (let n = 0; n < 2; n += 1) publish();
  const over = new AbortController();
  const waiting = Promise.all([window.room(over.signal), window.drained(over.signal)]);
  over.abort();
  await waiting;
});

test('both end with the first refusal', async () => {
  const { open, window, publish } = manualBroker();
  for (let n = 0; n < 2; n += 1) publish();
  const waiting = window.drained(NEVER);
  open[1]?.refuse(new Error('Not authorized'));
  await assert.rejects(waiting, { code: 'ERR_BROKER', message: /^Cannot publish a.jpg .* on gate: Not authorized$/ });
  await assert.rejects(window.room(NEVER), { code: 'ERR_BROKER' });
});

test('a message above the packet limit of the broker is not published, and told with both sizes', async () => {
  const { open, window, publish } = manualBroker(100);
  publish('large.jpg', 'x'.repeat(100));
  await assert.rejects(window.room(NEVER), {
    code: 'ERR_BROKER',
    message: /^Cannot publish large.jpg on gate as the broker takes packets <= 100 bytes: 111\./,
  });
  assert.equal(open.length, 0);
});

test('three connections that end in a row over the same publishes are a refusal, told with the largest', async () => {
  const { window, publish, hangUp, client } = manualBroker();
  publish('small.jpg');
  publish('large.jpg', 'x'.repeat(1000));
  client.emit('disconnect', { reasonCode: 0x95 });
  for (let n = 0; n < 3; n += 1) hangUp();
  await assert.rejects(window.drained(NEVER), {
    message: /reason code 0x95 .* the largest large\.jpg with 1012 bytes/,
  });
});

test('connections that end between acknowledgements are no refusal', async () => {
  const { open, window, publish, hangUp } = manualBroker();
  for (let n = 0; n < 4; n += 1) {
    publish();
    hangUp();
    open[n]?.ack();
    await window.drained(NEVER);
  }
});

test('attempts that reach no broker are no refusal', async () => {
  const { open, window, publish, client } = manualBroker();
  publish();
  for (let n = 0; n < 5; n += 1) client.emit('close');
  open[0]?.ack();
  await window.drained(NEVER);
});

test('publishes that nobody subscribes to are counted', () => {
  const { client, window } = manualBroker();
  client.emit('packetreceive', { cmd: 'puback', reasonCode: 0x10 });
  client.emit('packetreceive', { cmd: 'pubrec', reasonCode: 0x10 });
  client.emit('packetreceive', { cmd: 'puback', reasonCode: 0 });
  assert.equal(window.unreceived, 2);
});
