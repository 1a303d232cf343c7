/**
 * What would go wrong: the memory of a message is given to the next one while it must still be known again, or twice.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startIntake } from './start-flow-control.js';

test('Intake forgets a message when it is acknowledged, not when it is settled: until then it must be known again', () => {
  const { deliveries, forgotten, intake, receive, ack } = startIntake();
  receive('a', 1);
  receive('b', 2);
  ack('b');
  assert.deepEqual(forgotten, []);
  ack('a');
  assert.deepEqual(forgotten, ['a', 'b']);
  assert.equal(deliveries.length, 2);
  assert.equal(intake.inFlight, 0);
});

test('Intake does not forget what was settled without a connection to acknowledge it on', () => {
  const { forgotten, intake, reconnect, receive, ack, acknowledged } = startIntake();
  receive('a', 1);
  intake.close();
  ack('a');
  assert.deepEqual(forgotten, []);
  reconnect();
  receive('a', 1, { isDuplicate: true });
  assert.deepEqual(acknowledged, [1]);
  assert.deepEqual(forgotten, ['a', 'a'], 'the message and its redelivery');
});

test('Intake forgets a QoS 0 message when it is settled, and each that it drops', () => {
  const { forgotten, receive, ack } = startIntake({ inFlight: 1 });
  for (const text of ['a', 'b', 'c', 'd']) receive(text);
  assert.deepEqual(forgotten, ['b', 'c'], 'waited too long');
  ack('a');
  assert.deepEqual(forgotten, ['b', 'c', 'a']);
});

test('Intake under `latest` forgets what it drops once', () => {
  const { forgotten, receive, ack } = startIntake({ inFlight: 1, overload: 'latest' });
  for (const [i, text] of ['a', 'b', 'c', 'd'].entries()) receive(text, i + 1);
  assert.deepEqual(forgotten, ['b', 'c']);
  ack('a');
  ack('d');
  assert.deepEqual(forgotten, ['b', 'c', 'a', 'd']);
});
