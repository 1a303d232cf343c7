/**
 * What would go wrong: a stop takes one more message than the service can finish, or a hold ends with the first message
 * that settles.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startIntake } from './start-flow-control.js';

test('Intake.hold() holds the stream below the limits, and lets it flow again', () => {
  const { receive, intake, observer } = startIntake();
  intake.hold(true);
  const first = receive('a', 1);
  assert.equal(first.isReleased, false);
  intake.hold(false);
  assert.equal(first.isReleased, true);
  assert.deepEqual(observer.events, ['paused true', 'received 0', 'paused false']);
});

test('Intake.hold() keeps the stream held when a message settles', () => {
  const { receive, intake, ack } = startIntake();
  intake.hold(true);
  const first = receive('a', 1);
  ack('a');
  assert.equal(first.isReleased, false);
});

test('Intake.hold(false) does not free a stream that the limits hold', () => {
  const { receive, intake } = startIntake({ inFlight: 1 });
  intake.hold(true);
  const first = receive('a', 1);
  intake.hold(false);
  assert.equal(first.isReleased, false);
});

test('Intake.stop() holds the next new message without taking it', () => {
  const { intake, receive, observer } = startIntake();
  intake.stop();
  assert.deepEqual([receive('a', 1).isReleased, observer.count('received 0')], [false, 0]);
});

test('Intake.stop() does not hold a connection that is being closed for a message of QoS 0', () => {
  const { intake, receive, observer } = startIntake();
  intake.stop();
  intake.close();
  assert.deepEqual([receive('a').isReleased, observer.count('received 0')], [true, 0]);
});

test('Intake.stop() still acknowledges redeliveries', () => {
  const { intake, receive, ack, reconnect, acknowledged } = startIntake();
  receive('a', 1);
  reconnect();
  ack('a');
  intake.stop();
  receive('a', 1);
  assert.deepEqual(acknowledged, [1]);
});

test('Intake.idle() resolves when the last one is settled', async () => {
  const { intake, receive, ack } = startIntake({ inFlight: 1 });
  receive('a');
  receive('b');
  const idle = intake.idle();
  ack('a');
  ack('b');
  await idle;
  assert.equal(intake.inFlight, 0);
});
