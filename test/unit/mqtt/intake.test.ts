/**
 * What would go wrong: an acknowledgement on the wrong connection loses another message; one before its turn breaks the
 * order that MQTT demands; a limit on the wrong count stops the stream for ever after a reconnect.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../../../src/message.js';
import type { Incoming } from '../../../src/mqtt/incoming.js';
import { createIntake, type IntakeOptions } from '../../../src/mqtt/intake.js';
import { messageDigest } from '../../../src/payload/message-id.js';
import { recordingObserver } from '../../support/mqtt-parts.js';

function startIntake(options: Partial<IntakeOptions> = {}) {
  const acknowledged: number[] = [];
  const deliveries: Delivery[] = [];
  const forgotten: string[] = [];
  const observer = recordingObserver();
  const intake = createIntake(
    {
      observer,
      onDelivery: (delivery) => void deliveries.push(delivery),
      acknowledge: (messageId) => void acknowledged.push(messageId),
      forget: ({ payload }) => void forgotten.push(Buffer.from(payload).toString()),
    },
    { inFlight: 3, inFlightBytes: 1000, overload: 'wait', ...options },
  );
  intake.open(false);
  return {
    intake,
    acknowledged,
    deliveries,
    forgotten,
    observer,
    texts: () => deliveries.map(({ payload }) => Buffer.from(payload).toString()),
    settle: (text: string) => deliveries.find(({ payload }) => Buffer.from(payload).toString() === text)?.settle(),
    reconnect(sessionPresent = true) {
      intake.close();
      intake.open(sessionPresent);
    },
    /** Returns whether the stream was released at once, and a way to look later. */
    receive(text: string, messageId = 0, extra: Partial<Incoming> = {}) {
      const stream = { isReleased: false };
      intake.receive(incoming(text, messageId, extra), () => {
        stream.isReleased = true;
      });
      return stream;
    },
  };
}

function incoming(text: string, messageId: number, extra: Partial<Incoming>): Incoming {
  return {
    topic: 'pictures/1',
    stream: '0',
    payload: new TextEncoder().encode(text),
    qos: messageId === 0 ? 0 : 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: 0,
    messageId,
    isDuplicate: false,
    ...extra,
  };
}

test('Intake acknowledges nothing before it is settled', () => {
  const { receive, acknowledged } = startIntake();
  receive('a', 1);
  assert.deepEqual(acknowledged, []);
});

test('Intake acknowledges in the order of arrival [MQTT-4.6.0-2]', () => {
  const { receive, settle, acknowledged } = startIntake();
  for (const [index, text] of ['a', 'b', 'c'].entries()) receive(text, index + 1);
  for (const text of ['b', 'c', 'a']) settle(text);
  assert.deepEqual(acknowledged, [1, 2, 3]);
});

test('Intake holds what is done behind one that runs', () => {
  const { receive, settle, acknowledged } = startIntake();
  for (const [index, text] of ['a', 'b', 'c'].entries()) receive(text, index + 1);
  settle('b');
  assert.deepEqual(acknowledged, []);
});

test('Delivery.settle() counts once', () => {
  const { receive, deliveries, intake } = startIntake();
  receive('a', 1);
  receive('b', 2);
  deliveries[0]?.settle();
  deliveries[0]?.settle();
  assert.equal(intake.inFlight, 1);
});

test('Intake does not acknowledge on a later connection what it did not bring', () => {
  const { receive, settle, reconnect, acknowledged } = startIntake();
  receive('a', 1);
  reconnect();
  settle('a');
  assert.deepEqual(acknowledged, []);
});

test('Intake does not acknowledge while no connection is open', () => {
  const { intake, receive, settle, acknowledged } = startIntake();
  receive('a', 1);
  intake.close();
  settle('a');
  assert.deepEqual(acknowledged, []);
});

test('Intake ties a running message to the connection that brings it again', () => {
  const { receive, settle, reconnect, acknowledged, deliveries } = startIntake();
  receive('a', 1);
  reconnect();
  receive('a', 1);
  settle('a');
  assert.deepEqual([acknowledged, deliveries.length], [[1], 1]);
});

test('Intake acknowledges a redelivery of a done message at once', () => {
  const { receive, settle, reconnect, acknowledged, deliveries } = startIntake();
  receive('a', 1);
  reconnect();
  settle('a');
  receive('a', 1);
  assert.deepEqual([acknowledged, deliveries.length], [[1], 1]);
});

test('Intake acknowledges redeliveries in their new order', () => {
  const { receive, settle, reconnect, acknowledged } = startIntake();
  receive('a', 1);
  receive('b', 2);
  reconnect();
  receive('b', 2);
  receive('a', 1);
  settle('a');
  settle('b');
  assert.deepEqual(acknowledged, [2, 1]);
});

test('Intake counts a coalesced redelivery as redelivered only', () => {
  const { receive, reconnect, observer } = startIntake();
  receive('a', 1);
  reconnect();
  receive('a', 1);
  assert.deepEqual(observer.events, ['received 0', 'redelivered']);
});

test('Intake takes another message with a known id for new', () => {
  const { receive, reconnect, texts } = startIntake();
  receive('a', 1);
  reconnect();
  receive('b', 1);
  assert.deepEqual(texts(), ['a', 'b']);
});

test('Intake never acknowledges another message with a known id when the old one is settled', () => {
  const { receive, settle, reconnect, acknowledged } = startIntake();
  receive('a', 1);
  reconnect();
  receive('b', 1);
  settle('a');
  assert.deepEqual(acknowledged, []);
});

test('Intake takes equal bytes on another topic for a new message', () => {
  const { receive, reconnect, deliveries } = startIntake();
  receive('a', 1);
  reconnect();
  receive('a', 1, { topic: 'pictures/2' });
  assert.equal(deliveries.length, 2);
});

test('Intake takes an equal picture under a reused id for a new message once the first is acknowledged', () => {
  const { receive, settle, deliveries } = startIntake();
  receive('a', 1);
  settle('a');
  receive('a', 1);
  assert.equal(deliveries.length, 2);
});

test('Intake acknowledges again what comes again because its acknowledgement was lost', () => {
  const { receive, settle, reconnect, acknowledged, deliveries } = startIntake();
  receive('a', 1);
  settle('a');
  reconnect();
  receive('a', 1, { isDuplicate: true });
  assert.deepEqual([acknowledged, deliveries.length], [[1, 1], 1]);
});

test('Intake knows an acknowledged message again by the digest that came with its settling', () => {
  const { acknowledged, deliveries, receive, reconnect } = startIntake();
  receive('a', 1);
  deliveries[0]?.settle(messageDigest('pictures/1', Buffer.from('a')));
  reconnect();
  receive('a', 1, { isDuplicate: true });
  assert.deepEqual(acknowledged, [1, 1]);
  assert.equal(deliveries.length, 1);
});

test('Intake takes another message under the id of one whose digest it has for new', () => {
  const { deliveries, receive, reconnect } = startIntake();
  receive('a', 1);
  deliveries[0]?.settle(messageDigest('pictures/1', Buffer.from('a')));
  reconnect();
  receive('b', 1, { isDuplicate: true });
  assert.equal(deliveries.length, 2);
});

test('Intake takes an equal picture under a reused id on a new connection for a new message', () => {
  const { receive, settle, reconnect, deliveries } = startIntake();
  receive('a', 1);
  settle('a');
  reconnect();
  receive('a', 1);
  assert.equal(deliveries.length, 2);
});

test('Intake forgets what was acknowledged long ago', () => {
  const { receive, deliveries, reconnect } = startIntake();
  for (let id = 1; id <= 4097; id += 1) {
    receive('a', id);
    deliveries.at(-1)?.settle();
  }
  reconnect();
  receive('a', 1, { isDuplicate: true });
  receive('a', 2, { isDuplicate: true });
  assert.equal(deliveries.length, 4098);
});

// What lay in the buffers of a half-open connection is inspected and acknowledged to nobody.
test('Intake knows a burst again whose acknowledgements were all lost', () => {
  const { receive, deliveries, reconnect, acknowledged } = startIntake();
  const ids = Array.from({ length: 200 }, (_, n) => n + 1);
  for (const id of ids) {
    receive(`picture ${id}`, id);
    deliveries.at(-1)?.settle();
  }
  reconnect();
  for (const id of ids) receive(`picture ${id}`, id, { isDuplicate: true });
  assert.equal(deliveries.length, 200);
  assert.deepEqual(acknowledged, [...ids, ...ids]);
});

test('Intake takes another message of the same size under an acknowledged id for new', () => {
  const { receive, settle, reconnect, deliveries } = startIntake();
  receive('a', 1);
  settle('a');
  reconnect();
  receive('b', 1, { isDuplicate: true });
  assert.equal(deliveries.length, 2);
});

test('Intake coalesces on one connection only what is marked as duplicate', () => {
  const { receive, deliveries } = startIntake();
  receive('a', 1);
  receive('a', 1, { isDuplicate: true });
  assert.equal(deliveries.length, 1);
});

test('Intake forgets everything when the broker has no session', () => {
  const { receive, settle, reconnect, acknowledged, deliveries } = startIntake();
  receive('a', 1);
  settle('b');
  reconnect(false);
  receive('a', 1);
  deliveries[0]?.settle();
  assert.deepEqual([acknowledged, deliveries.length], [[], 2]);
});

test('Intake forgets a done message that a whole connection did not bring again', () => {
  const { receive, settle, reconnect, deliveries } = startIntake();
  receive('a', 1);
  reconnect();
  settle('a');
  reconnect();
  receive('a', 1);
  assert.equal(deliveries.length, 2);
});

test('Intake ignores a QoS 1 message of a connection that is gone', () => {
  const { intake, receive, observer } = startIntake();
  intake.close();
  receive('a', 1);
  assert.deepEqual(observer.events, []);
});

test('Intake holds the stream when as many run as may', () => {
  const { receive } = startIntake({ inFlight: 2 });
  assert.deepEqual([receive('a', 1).isReleased, receive('b', 2).isReleased], [true, false]);
});

test('Intake releases the stream when one of them is settled', () => {
  const { receive, settle } = startIntake({ inFlight: 1 });
  const stream = receive('a', 1);
  settle('a');
  assert.equal(stream.isReleased, true);
});

test('Intake holds the stream when the bytes reach their limit', () => {
  const { receive } = startIntake({ inFlightBytes: 10 });
  assert.deepEqual([receive('x'.repeat(9), 1).isReleased, receive('y', 2).isReleased], [true, false]);
});

test('Intake counts bytes that are done and wait for their turn', () => {
  const { receive, settle } = startIntake({ inFlight: 10, inFlightBytes: 10 });
  receive('a', 1);
  receive('x'.repeat(8), 2);
  settle('x'.repeat(8));
  assert.equal(receive('y', 3).isReleased, false);
});

test('Intake gives bytes back once, also when a done message comes again', () => {
  const { receive, settle, reconnect } = startIntake({ inFlight: 10, inFlightBytes: 10 });
  receive('a', 1);
  receive('x'.repeat(8), 2);
  settle('x'.repeat(8));
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
  const { receive, settle, observer } = startIntake({ inFlight: 1 });
  receive('a', 1);
  settle('a');
  assert.deepEqual(observer.events, ['received 0', 'paused true', 'paused false']);
});

test('Intake never holds the stream for QoS 0', () => {
  const { receive } = startIntake({ inFlight: 1 });
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((text) => receive(text).isReleased),
    [true, true, true, true],
  );
});

test('Intake drops the oldest waiting QoS 0 message above the limit and counts it', () => {
  const { receive, settle, texts, observer } = startIntake({ inFlight: 1 });
  for (const text of ['a', 'b', 'c']) receive(text);
  settle('a');
  assert.deepEqual([texts(), observer.count('dropped qos0_overflow')], [['a', 'c'], 1]);
});

test('Intake drops waiting QoS 0 messages above the limit of bytes, but the newest', () => {
  const { receive, settle, texts } = startIntake({ inFlight: 1, inFlightBytes: 10 });
  for (const text of ['a', 'b'.repeat(6), 'c'.repeat(20)]) receive(text);
  settle('a');
  assert.deepEqual(texts(), ['a', 'c'.repeat(20)]);
});

test('Intake under `latest` drops the oldest waiting QoS 1 message and acknowledges it in its turn', () => {
  const { receive, settle, texts, acknowledged, observer } = startIntake({ inFlight: 1, overload: 'latest' });
  for (const [index, text] of ['a', 'b', 'c'].entries()) receive(text, index + 1);
  settle('a');
  assert.deepEqual([texts(), acknowledged, observer.count('dropped latest')], [['a', 'c'], [1, 2], 1]);
});

test('Intake under `latest` never holds the stream', () => {
  const { receive } = startIntake({ inFlight: 1, overload: 'latest' });
  assert.ok([1, 2, 3, 4].every((id) => receive(`${id}`, id).isReleased));
});

test('Intake.stop() holds the next new message without taking it', () => {
  const { intake, receive, observer } = startIntake();
  intake.stop();
  assert.deepEqual([receive('a', 1).isReleased, observer.count('received 0')], [false, 0]);
});

test('Intake.stop() still acknowledges redeliveries', () => {
  const { intake, receive, settle, reconnect, acknowledged } = startIntake();
  receive('a', 1);
  reconnect();
  settle('a');
  intake.stop();
  receive('a', 1);
  assert.deepEqual(acknowledged, [1]);
});

test('Intake.idle() resolves when the last one is settled', async () => {
  const { intake, receive, settle } = startIntake({ inFlight: 1 });
  receive('a');
  receive('b');
  const idle = intake.idle();
  settle('a');
  settle('b');
  await idle;
  assert.equal(intake.inFlight, 0);
});

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
  const { receive, intake, settle } = startIntake();
  intake.hold(true);
  const first = receive('a', 1);
  settle('a');
  assert.equal(first.isReleased, false);
});

test('Intake.hold(false) does not free a stream that the limits hold', () => {
  const { receive, intake } = startIntake({ inFlight: 1 });
  intake.hold(true);
  const first = receive('a', 1);
  intake.hold(false);
  assert.equal(first.isReleased, false);
});

test('Intake forgets a message when it is acknowledged, not when it is settled: until then it must be known again', () => {
  const { deliveries, forgotten, intake, receive, settle } = startIntake();
  receive('a', 1);
  receive('b', 2);
  settle('b');
  assert.deepEqual(forgotten, []);
  settle('a');
  assert.deepEqual(forgotten, ['a', 'b']);
  assert.equal(deliveries.length, 2);
  assert.equal(intake.inFlight, 0);
});

test('Intake does not forget what was settled without a connection to acknowledge it on', () => {
  const { forgotten, intake, reconnect, receive, settle, acknowledged } = startIntake();
  receive('a', 1);
  intake.close();
  settle('a');
  assert.deepEqual(forgotten, []);
  reconnect();
  receive('a', 1, { isDuplicate: true });
  assert.deepEqual(acknowledged, [1]);
  assert.deepEqual(forgotten, ['a', 'a'], 'the message and its redelivery');
});

test('Intake forgets a QoS 0 message when it is settled, and each that it drops', () => {
  const { forgotten, receive, settle } = startIntake({ inFlight: 1 });
  for (const text of ['a', 'b', 'c', 'd']) receive(text);
  assert.deepEqual(forgotten, ['b', 'c'], 'waited too long');
  settle('a');
  assert.deepEqual(forgotten, ['b', 'c', 'a']);
});

test('Intake under `latest` forgets what it drops once', () => {
  const { forgotten, receive, settle } = startIntake({ inFlight: 1, overload: 'latest' });
  for (const [i, text] of ['a', 'b', 'c', 'd'].entries()) receive(text, i + 1);
  assert.deepEqual(forgotten, ['b', 'c']);
  settle('a');
  settle('d');
  assert.deepEqual(forgotten, ['b', 'c', 'a', 'd']);
});
