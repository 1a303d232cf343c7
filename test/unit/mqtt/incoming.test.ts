import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownBytes, toIncoming } from '../../../src/mqtt/incoming.js';

const packet = { cmd: 'publish', topic: 'a', payload: Buffer.from('x'), qos: 1, dup: false, retain: false } as const;

test('ownBytes() copies a view, so that its buffer is its own', () => {
  const shared = Buffer.from('message one, message two');
  const own = ownBytes(shared.subarray(0, 11));
  assert.deepEqual([own.byteLength, own.buffer.byteLength], [11, 11]);
});

test('ownBytes() keeps bytes that own their buffer', () => {
  const whole = new Uint8Array(5);
  assert.equal(ownBytes(whole), whole);
});

test('toIncoming() lists repeated user properties one by one', () => {
  const { properties } = toIncoming({ ...packet, properties: { userProperties: { a: ['1', '2'], b: '3' } } }, '0');
  assert.deepEqual(properties.user, [
    ['a', '1'],
    ['a', '2'],
    ['b', '3'],
  ]);
});

test('toIncoming() keeps response topic, correlation data and expiry', () => {
  const properties = { responseTopic: 'r', correlationData: Buffer.from('c'), messageExpiryInterval: 7 };
  assert.deepEqual(toIncoming({ ...packet, properties }, '0').properties, {
    user: [],
    responseTopic: 'r',
    correlationData: new Uint8Array([99]),
    expirySeconds: 7,
  });
});

test('toIncoming() has no properties on MQTT 3.1.1', () => {
  assert.deepEqual(toIncoming(packet, '0').properties, { user: [] });
});
