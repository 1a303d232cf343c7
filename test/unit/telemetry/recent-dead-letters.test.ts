import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecentDeadLetters, type RecentDeadLetter } from '../../../src/telemetry/recent.js';

function deadLetter(message: string): RecentDeadLetter {
  return { topic: 't', code: 'ERR_PAYLOAD_JSON', message, payloadBytes: 1, receivedAtMs: 0 };
}

test('RecentDeadLetters numbers them from 1 and holds the newest', () => {
  const recent = createRecentDeadLetters(2);
  for (const message of ['a', 'b', 'c']) recent.add(deadLetter(message));
  assert.deepEqual(
    recent.after(0).map(({ n, message }) => [n, message]),
    [
      [2, 'b'],
      [3, 'c'],
    ],
  );
});

test('RecentDeadLetters.after() gives only newer ones', () => {
  const recent = createRecentDeadLetters(5);
  for (const message of ['a', 'b']) recent.add(deadLetter(message));
  assert.deepEqual(
    recent.after(1).map(({ n }) => n),
    [2],
  );
});

test('RecentDeadLetters cuts a long reason, so that the memory is bounded', () => {
  const recent = createRecentDeadLetters(1);
  recent.add(deadLetter('x'.repeat(100_000)));
  assert.equal(recent.after(0)[0]?.message.length, 501);
});
