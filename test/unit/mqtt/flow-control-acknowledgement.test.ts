/**
 * What would go wrong: an acknowledgement on the wrong connection loses another message; one before its turn breaks the
 * order that MQTT demands.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startIntake } from './start-flow-control.js';

test('Intake acknowledges nothing before it is settled', () => {
  const { receive, acknowledged } = startIntake();
  receive('a', 1);
  assert.deepEqual(acknowledged, []);
});

test('Intake acknowledges in the order of arrival [MQTT-4.6.0-2]', () => {
  const { receive, ack, acknowledged } = startIntake();
  for (const [index, text] of ['a', 'b', 'c'].entries()) receive(text, index + 1);
  for (const text of ['b', 'c', 'a']) ack(text);
  assert.deepEqual(acknowledged, [1, 2, 3]);
});

test('Intake holds what is done behind one that runs', () => {
  const { receive, ack, acknowledged } = startIntake();
  for (const [index, text] of ['a', 'b', 'c'].entries()) receive(text, index + 1);
  ack('b');
  assert.deepEqual(acknowledged, []);
});

test('Delivery.ack() counts once', () => {
  const { receive, deliveries, intake } = startIntake();
  receive('a', 1);
  receive('b', 2);
  deliveries[0]?.ack();
  deliveries[0]?.ack();
  assert.equal(intake.inFlight, 1);
});

test('Intake does not acknowledge on a later connection what it did not bring', () => {
  const { receive, ack, reconnect, acknowledged } = startIntake();
  receive('a', 1);
  reconnect();
  ack('a');
  assert.deepEqual(acknowledged, []);
});

test('Intake does not acknowledge while no connection is open', () => {
  const { intake, receive, ack, acknowledged } = startIntake();
  receive('a', 1);
  intake.close();
  ack('a');
  assert.deepEqual(acknowledged, []);
});

test('Intake ignores a QoS 1 message of a connection that is gone', () => {
  const { intake, receive, observer } = startIntake();
  intake.close();
  receive('a', 1);
  assert.deepEqual(observer.events, []);
});
