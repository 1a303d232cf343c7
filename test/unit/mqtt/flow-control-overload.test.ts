/**
 * What would go wrong: a message that is dropped without a count, or one of QoS 1 without its acknowledgement in its
 * turn.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFlowControl } from './start-flow-control.js';

test('FlowControl never pauses the stream for QoS 0', () => {
  const { receive } = startFlowControl({ inFlight: 1 });
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((text) => receive(text).isReleased),
    [true, true, true, true],
  );
});

test('FlowControl drops the oldest waiting QoS 0 message above the limit and counts it', () => {
  const { receive, ack, texts, observer } = startFlowControl({ inFlight: 1 });
  for (const text of ['a', 'b', 'c']) receive(text);
  ack('a');
  assert.deepEqual([texts(), observer.count('dropped qos0_overflow')], [['a', 'c'], 1]);
});

test('FlowControl drops waiting QoS 0 messages above the limit of bytes, but the newest', () => {
  const { receive, ack, texts } = startFlowControl({ inFlight: 1, inFlightBytes: 10 });
  for (const text of ['a', 'b'.repeat(6), 'c'.repeat(20)]) receive(text);
  ack('a');
  assert.deepEqual(texts(), ['a', 'c'.repeat(20)]);
});

test('FlowControl under `latest` drops the oldest waiting QoS 1 message and acknowledges it in its turn', () => {
  const { receive, ack, texts, acknowledged, observer } = startFlowControl({ inFlight: 1, overload: 'latest' });
  for (const [index, text] of ['a', 'b', 'c'].entries()) receive(text, index + 1);
  ack('a');
  assert.deepEqual([texts(), acknowledged, observer.count('dropped latest')], [['a', 'c'], [1, 2], 1]);
});

test('FlowControl under `latest` never pauses the stream', () => {
  const { receive } = startFlowControl({ inFlight: 1, overload: 'latest' });
  assert.ok([1, 2, 3, 4].every((id) => receive(`${id}`, id).isReleased));
});
