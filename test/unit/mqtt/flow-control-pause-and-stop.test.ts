/**
 * What would go wrong: a stop takes one more message than the service can finish, or a hold ends with the first message
 * that settles.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFlowControl } from './start-flow-control.js';

test('FlowControl.pause() pauses the stream below the limits, and lets it flow again', () => {
  const { receive, flow, observer } = startFlowControl();
  flow.pause();
  const first = receive('a', 1);
  assert.equal(first.isReleased, false);
  flow.resume();
  assert.equal(first.isReleased, true);
  assert.deepEqual(observer.events, ['paused true', 'received 0', 'paused false']);
});

test('FlowControl.pause() keeps the stream paused when a message is acknowledged', () => {
  const { receive, flow, ack } = startFlowControl();
  flow.pause();
  const first = receive('a', 1);
  ack('a');
  assert.equal(first.isReleased, false);
});

test('FlowControl.resume() does not free a stream that the limits hold', () => {
  const { receive, flow } = startFlowControl({ inFlight: 1 });
  flow.pause();
  const first = receive('a', 1);
  flow.resume();
  assert.equal(first.isReleased, false);
});

test('FlowControl.stop() holds the next new message without taking it', () => {
  const { flow, receive, observer } = startFlowControl();
  flow.stop();
  assert.deepEqual([receive('a', 1).isReleased, observer.count('received 0')], [false, 0]);
});

test('FlowControl.stop() does not pause a connection that is being closed for a message of QoS 0', () => {
  const { flow, receive, observer } = startFlowControl();
  flow.stop();
  flow.close();
  assert.deepEqual([receive('a').isReleased, observer.count('received 0')], [true, 0]);
});

test('FlowControl.stop() still acknowledges redeliveries', () => {
  const { flow, receive, ack, reconnect, acknowledged } = startFlowControl();
  receive('a', 1);
  reconnect();
  ack('a');
  flow.stop();
  receive('a', 1);
  assert.deepEqual(acknowledged, [1]);
});

test('FlowControl.idle() resolves when the last one is completed', async () => {
  const { flow, receive, ack } = startFlowControl({ inFlight: 1 });
  receive('a');
  receive('b');
  const idle = flow.idle();
  ack('a');
  ack('b');
  await idle;
  assert.equal(flow.unsettled, 0);
});
