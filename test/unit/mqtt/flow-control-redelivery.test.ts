/**
 * What would go wrong: a message that comes again is inspected and published twice; another one under its id is
 * acknowledged in its place and lost.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageDigest } from '../../../src/payload/message-id.js';
import { startFlowControl } from './start-flow-control.js';

test('FlowControl ties a running message to the connection that brings it again', () => {
  const { receive, ack, reconnect, acknowledged, deliveries } = startFlowControl();
  receive('a', 1);
  reconnect();
  receive('a', 1);
  ack('a');
  assert.deepEqual([acknowledged, deliveries.length], [[1], 1]);
});

test('FlowControl acknowledges a redelivery of a completed message at once', () => {
  const { receive, ack, reconnect, acknowledged, deliveries } = startFlowControl();
  receive('a', 1);
  reconnect();
  ack('a');
  receive('a', 1);
  assert.deepEqual([acknowledged, deliveries.length], [[1], 1]);
});

test('FlowControl acknowledges redeliveries in their new order', () => {
  const { receive, ack, reconnect, acknowledged } = startFlowControl();
  receive('a', 1);
  receive('b', 2);
  reconnect();
  receive('b', 2);
  receive('a', 1);
  ack('a');
  ack('b');
  assert.deepEqual(acknowledged, [2, 1]);
});

test('FlowControl counts a coalesced redelivery as redelivered only', () => {
  const { receive, reconnect, observer } = startFlowControl();
  receive('a', 1);
  reconnect();
  receive('a', 1);
  assert.deepEqual(observer.events, ['received 0', 'redelivered']);
});

test('FlowControl coalesces on one connection only what is marked as duplicate', () => {
  const { receive, deliveries } = startFlowControl();
  receive('a', 1);
  receive('a', 1, { isDuplicate: true });
  assert.equal(deliveries.length, 1);
});

test('FlowControl acknowledges again what comes again because its acknowledgement was lost', () => {
  const { receive, ack, reconnect, acknowledged, deliveries } = startFlowControl();
  receive('a', 1);
  ack('a');
  reconnect();
  receive('a', 1, { isDuplicate: true });
  assert.deepEqual([acknowledged, deliveries.length], [[1, 1], 1]);
});

test('FlowControl knows an acknowledged message again by the digest that came with its completion', () => {
  const { acknowledged, deliveries, receive, reconnect } = startFlowControl();
  receive('a', 1);
  deliveries[0]?.ack(messageDigest('pictures/1', Buffer.from('a')));
  reconnect();
  receive('a', 1, { isDuplicate: true });
  assert.deepEqual(acknowledged, [1, 1]);
  assert.equal(deliveries.length, 1);
});

// What lay in the buffers of a half-open connection is inspected and acknowledged to nobody.
test('FlowControl knows a burst again whose acknowledgements were all lost', () => {
  const { receive, deliveries, reconnect, acknowledged } = startFlowControl();
  const ids = Array.from({ length: 200 }, (_, n) => n + 1);
  for (const id of ids) {
    receive(`picture ${id}`, id);
    deliveries.at(-1)?.ack();
  }
  reconnect();
  for (const id of ids) receive(`picture ${id}`, id, { isDuplicate: true });
  assert.equal(deliveries.length, 200);
  assert.deepEqual(acknowledged, [...ids, ...ids]);
});

test('FlowControl forgets what was acknowledged long ago', () => {
  const { receive, deliveries, reconnect } = startFlowControl();
  for (let id = 1; id <= 4097; id += 1) {
    receive('a', id);
    deliveries.at(-1)?.ack();
  }
  reconnect();
  receive('a', 1, { isDuplicate: true });
  receive('a', 2, { isDuplicate: true });
  assert.equal(deliveries.length, 4098);
});

test('FlowControl forgets a completed message that a whole connection did not bring again', () => {
  const { receive, ack, reconnect, deliveries } = startFlowControl();
  receive('a', 1);
  reconnect();
  ack('a');
  reconnect();
  receive('a', 1);
  assert.equal(deliveries.length, 2);
});

test('FlowControl forgets everything when the broker has no session', () => {
  const { receive, ack, reconnect, acknowledged, deliveries } = startFlowControl();
  receive('a', 1);
  ack('b');
  reconnect(false);
  receive('a', 1);
  deliveries[0]?.ack();
  assert.deepEqual([acknowledged, deliveries.length], [[], 2]);
});

test('FlowControl takes another message with a known id for new', () => {
  const { receive, reconnect, texts } = startFlowControl();
  receive('a', 1);
  reconnect();
  receive('b', 1);
  assert.deepEqual(texts(), ['a', 'b']);
});

test('FlowControl never acknowledges another message with a known id when the old one is completed', () => {
  const { receive, ack, reconnect, acknowledged } = startFlowControl();
  receive('a', 1);
  reconnect();
  receive('b', 1);
  ack('a');
  assert.deepEqual(acknowledged, []);
});

test('FlowControl takes equal bytes on another topic for a new message', () => {
  const { receive, reconnect, deliveries } = startFlowControl();
  receive('a', 1);
  reconnect();
  receive('a', 1, { topic: 'pictures/2' });
  assert.equal(deliveries.length, 2);
});

test('FlowControl takes another message of the same size under an acknowledged id for new', () => {
  const { receive, ack, reconnect, deliveries } = startFlowControl();
  receive('a', 1);
  ack('a');
  reconnect();
  receive('b', 1, { isDuplicate: true });
  assert.equal(deliveries.length, 2);
});

test('FlowControl takes another message under the id of one whose digest it has for new', () => {
  const { deliveries, receive, reconnect } = startFlowControl();
  receive('a', 1);
  deliveries[0]?.ack(messageDigest('pictures/1', Buffer.from('a')));
  reconnect();
  receive('b', 1, { isDuplicate: true });
  assert.equal(deliveries.length, 2);
});

test('FlowControl takes an equal picture under a reused id for a new message once the first is acknowledged', () => {
  const { receive, ack, deliveries } = startFlowControl();
  receive('a', 1);
  ack('a');
  receive('a', 1);
  assert.equal(deliveries.length, 2);
});

test('FlowControl takes an equal picture under a reused id on a new connection for a new message', () => {
  const { receive, ack, reconnect, deliveries } = startFlowControl();
  receive('a', 1);
  ack('a');
  reconnect();
  receive('a', 1);
  assert.equal(deliveries.length, 2);
});
