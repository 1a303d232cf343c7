/**
 * What would go wrong: the memory of a message is given to the next one while it must still be known again, or twice.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFlowControl } from './start-flow-control.js';

test('FlowControl releases the payload of a message when it is acknowledged to the broker, not before: until then it must be known again', () => {
  const { deliveries, released, flow, receive, ack } = startFlowControl();
  receive('a', 1);
  receive('b', 2);
  ack('b');
  assert.deepEqual(released, []);
  ack('a');
  assert.deepEqual(released, ['a', 'b']);
  assert.equal(deliveries.length, 2);
  assert.equal(flow.unsettled, 0);
});

test('FlowControl keeps the payload of what was completed without a connection to acknowledge it on', () => {
  const { released, flow, reconnect, receive, ack, acknowledged } = startFlowControl();
  receive('a', 1);
  flow.close();
  ack('a');
  assert.deepEqual(released, []);
  reconnect();
  receive('a', 1, { isDuplicate: true });
  assert.deepEqual(acknowledged, [1]);
  assert.deepEqual(released, ['a', 'a'], 'the message and its redelivery');
});

test('FlowControl releases the payload of a QoS 0 message when it is completed, and of each that it drops', () => {
  const { released, receive, ack } = startFlowControl({ inFlight: 1 });
  for (const text of ['a', 'b', 'c', 'd']) receive(text);
  assert.deepEqual(released, ['b', 'c'], 'waited too long');
  ack('a');
  assert.deepEqual(released, ['b', 'c', 'a']);
});

test('FlowControl under `latest` releases what it drops once', () => {
  const { released, receive, ack } = startFlowControl({ inFlight: 1, overload: 'latest' });
  for (const [i, text] of ['a', 'b', 'c', 'd'].entries()) receive(text, i + 1);
  assert.deepEqual(released, ['b', 'c']);
  ack('a');
  ack('d');
  assert.deepEqual(released, ['b', 'c', 'a', 'd']);
});
