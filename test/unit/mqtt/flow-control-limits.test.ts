/**
 * What would go wrong: a limit on the wrong count stops the stream for ever after a reconnect, or lets the memory grow.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startIntake } from './start-flow-control.js';

test('Intake holds the stream when as many run as may', () => {
  const { receive } = startIntake({ inFlight: 2 });
  assert.deepEqual([receive('a', 1).isReleased, receive('b', 2).isReleased], [true, false]);
});

test('Intake releases the stream when one of them is settled', () => {
  const { receive, ack } = startIntake({ inFlight: 1 });
  const stream = receive('a', 1);
  ack('a');
  assert.equal(stream.isReleased, true);
});

test('Intake holds the stream when the bytes reach their limit', () => {
  const { receive } = startIntake({ inFlightBytes: 10 });
  assert.deepEqual([receive('x'.repeat(9), 1).isReleased, receive('y', 2).isReleased], [true, false]);
});

test('Intake counts bytes that are done and wait for their turn', () => {
  const { receive, ack } = startIntake({ inFlight: 10, inFlightBytes: 10 });
  receive('a', 1);
  receive('x'.repeat(8), 2);
  ack('x'.repeat(8));
  assert.equal(receive('y', 3).isReleased, false);
});

test('Intake gives bytes back once, also when a done message comes again', () => {
  const { receive, ack, reconnect } = startIntake({ inFlight: 10, inFlightBytes: 10 });
  receive('a', 1);
  receive('x'.repeat(8), 2);
  ack('x'.repeat(8));
  reconnect(); // 'x' is done and freed here
  receive('x'.repeat(8), 2);
  assert.deepEqual([receive('y'.repeat(8), 3).isReleased, receive('z', 4).isReleased], [true, false]);
});

test('Intake does not hold the stream for redeliveries at the limit', () => {
  const { receive, reconnect } = startIntake({ inFlight: 1 });
  receive('a', 1);
  reconnect();
  assert.equal(receive('a', 1).isReleased, true);
});

test('Intake never runs more than may, also when a new connection brings new messages', () => {
  const { receive, reconnect, deliveries } = startIntake({ inFlight: 1 });
  receive('a', 1);
  reconnect();
  receive('b', 2);
  assert.equal(deliveries.length, 1);
});

test('Intake releases the stream of a connection that is gone', () => {
  const { intake, receive } = startIntake({ inFlight: 1 });
  const stream = receive('a', 1);
  intake.close();
  assert.equal(stream.isReleased, true);
});

test('Intake tells when it pauses and goes on', () => {
  const { receive, ack, observer } = startIntake({ inFlight: 1 });
  receive('a', 1);
  ack('a');
  assert.deepEqual(observer.events, ['received 0', 'paused true', 'paused false']);
});
