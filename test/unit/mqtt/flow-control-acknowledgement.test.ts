/**
 * What would go wrong: an acknowledgement on the wrong connection loses another message; one before its turn breaks the
 * order that MQTT demands.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFlowControl } from './start-flow-control.js';

test('FlowControl acknowledges nothing before it is completed', () => {
  const { receive, acknowledged } = startFlowControl();
  receive('a', 1);
  assert.deepEqual(acknowledged, []);
});

test('FlowControl acknowledges in the order of arrival [MQTT-4.6.0-2]', () => {
  const { receive, ack, acknowledged } = startFlowControl();
  for (const [index, text] of ['a', 'b', 'c'].entries()) receive(text, index + 1);
  for (const text of ['b', 'c', 'a']) ack(text);
  assert.deepEqual(acknowledged, [1, 2, 3]);
});

test('FlowControl keeps what is completed behind one that runs', () => {
  const { receive, ack, acknowledged } = startFlowControl();
  for (const [index, text] of ['a', 'b', 'c'].entries()) receive(text, index + 1);
  ack('b');
  assert.deepEqual(acknowledged, []);
});

test('Delivery.ack() counts once', () => {
  const { receive, deliveries, flow } = startFlowControl();
  receive('a', 1);
  receive('b', 2);
  deliveries[0]?.ack();
  deliveries[0]?.ack();
  assert.equal(flow.unsettled, 1);
});

test('FlowControl does not acknowledge on a later connection what it did not bring', () => {
  const { receive, ack, reconnect, acknowledged } = startFlowControl();
  receive('a', 1);
  reconnect();
  ack('a');
  assert.deepEqual(acknowledged, []);
});

test('FlowControl does not acknowledge while no connection is open', () => {
  const { flow, receive, ack, acknowledged } = startFlowControl();
  receive('a', 1);
  flow.close();
  ack('a');
  assert.deepEqual(acknowledged, []);
});

test('FlowControl ignores a QoS 1 message of a connection that is gone', () => {
  const { flow, receive, observer } = startFlowControl();
  flow.close();
  receive('a', 1);
  assert.deepEqual(observer.events, []);
});
