/**
 * What would go wrong: a limit on the wrong count stops the stream for ever after a reconnect, or lets the memory grow.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFlowControl } from './start-flow-control.js';

test('FlowControl pauses the stream when as many run as may', () => {
  const { receive } = startFlowControl({ inFlight: 2 });
  assert.deepEqual([receive('a', 1).isReleased, receive('b', 2).isReleased], [true, false]);
});

test('FlowControl releases the stream when one of them is completed', () => {
  const { receive, ack } = startFlowControl({ inFlight: 1 });
  const stream = receive('a', 1);
  ack('a');
  assert.equal(stream.isReleased, true);
});

test('FlowControl pauses the stream when the bytes reach their limit', () => {
  const { receive } = startFlowControl({ inFlightBytes: 10 });
  assert.deepEqual([receive('x'.repeat(9), 1).isReleased, receive('y', 2).isReleased], [true, false]);
});

test('FlowControl counts bytes that are completed and wait for their acknowledgement', () => {
  const { receive, ack } = startFlowControl({ inFlight: 10, inFlightBytes: 10 });
  receive('a', 1);
  receive('x'.repeat(8), 2);
  ack('x'.repeat(8));
  assert.equal(receive('y', 3).isReleased, false);
});

test('FlowControl gives bytes back once, also when a completed message comes again', () => {
  const { receive, ack, reconnect } = startFlowControl({ inFlight: 10, inFlightBytes: 10 });
  receive('a', 1);
  receive('x'.repeat(8), 2);
  ack('x'.repeat(8));
  reconnect(); // 'x' is done and freed here
  receive('x'.repeat(8), 2);
  assert.deepEqual([receive('y'.repeat(8), 3).isReleased, receive('z', 4).isReleased], [true, false]);
});

test('FlowControl does not pause the stream for redeliveries at the limit', () => {
  const { receive, reconnect } = startFlowControl({ inFlight: 1 });
  receive('a', 1);
  reconnect();
  assert.equal(receive('a', 1).isReleased, true);
});

test('FlowControl never runs more than may, also when a new connection brings new messages', () => {
  const { receive, reconnect, deliveries } = startFlowControl({ inFlight: 1 });
  receive('a', 1);
  reconnect();
  receive('b', 2);
  assert.equal(deliveries.length, 1);
});

test('FlowControl releases the stream of a connection that is gone', () => {
  const { flow, receive } = startFlowControl({ inFlight: 1 });
  const stream = receive('a', 1);
  flow.close();
  assert.equal(stream.isReleased, true);
});

test('FlowControl tells when it pauses and goes on', () => {
  const { receive, ack, observer } = startFlowControl({ inFlight: 1 });
  receive('a', 1);
  ack('a');
  assert.deepEqual(observer.events, ['received 0', 'paused true', 'paused false']);
});
