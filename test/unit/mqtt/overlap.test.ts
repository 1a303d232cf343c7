import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Incoming } from '../../../src/mqtt/incoming.js';
import { createCopyFinder, planSubscriptions, subscriptionIdentifier } from '../../../src/mqtt/overlap.js';

const FILTERS = ['line/+/camera', 'line/1/#', 'other'];
const [A, B] = FILTERS.map(subscriptionIdentifier) as [number, number];

function incoming(text: string, subscriptionIdentifiers: number[] = [], atMs = 0, topic = 'line/1/camera'): Incoming {
  return {
    topic,
    filterId: '0',
    payload: Buffer.from(text),
    qos: 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: atMs,
    messageId: 1,
    isDuplicate: false,
    subscriptionIdentifiers,
  };
}

/** Which of the messages are copies. */
function copies(...messages: Incoming[]): boolean[] {
  return messages.map(createCopyFinder(planSubscriptions(FILTERS)));
}

test('planSubscriptions() leaves out what another filter covers, and one of two that are equal', () => {
  const { subscribed, pairs } = planSubscriptions(['a/b', 'a/#', 'a/+', 'c', 'c', '$share/g/a/#']);
  assert.deepEqual(subscribed, ['a/#', 'c', '$share/g/a/#']);
  assert.deepEqual(pairs, [['a/#', '$share/g/a/#']]);
});

test('createCopyFinder() finds the copy by another subscription, once', () => {
  assert.deepEqual(copies(incoming('x', [A]), incoming('x', [B])), [false, true]);
});

test('createCopyFinder() tells copies from equal pictures that follow each other', () => {
  const twice = [incoming('x', [A]), incoming('x', [A]), incoming('x', [B]), incoming('x', [B])];
  assert.deepEqual(copies(...twice), [false, false, true, true]);
});

test('createCopyFinder() takes nothing for a copy where the broker sends one message for all subscriptions', () => {
  assert.deepEqual(copies(incoming('x', [A, B]), incoming('x', [A, B])), [false, false]);
});

test('createCopyFinder() finds no copy of another topic, of other bytes, or of a topic that one filter matches', () => {
  const others = [
    incoming('x', [A]),
    incoming('y', [B]),
    incoming('x', [B], 0, 'line/1/x'),
    incoming('x', [B], 0, 'line/1/x'),
  ];
  assert.deepEqual(copies(...others), [false, false, false, false]);
});

test('createCopyFinder() without identifiers finds as many copies as there are further filters, within a second', () => {
  assert.deepEqual(copies(incoming('x'), incoming('x', [], 10), incoming('x', [], 20), incoming('x', [], 30)), [
    false,
    true,
    false,
    true,
  ]);
  assert.deepEqual(copies(incoming('x'), incoming('x', [], 1001)), [false, false]);
});
