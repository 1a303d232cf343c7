import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatState, topicsOfState } from '../../../src/topics/output-topics.js';

test('topicsOfState() reads the filters of a state message', () => {
  assert.deepEqual(topicsOfState(Buffer.from(formatState({ state: 'online', topics: ['a/#', 'b'] }))), ['a/#', 'b']);
});

test('topicsOfState() finds none in what is not ours', () => {
  const payloads = ['', 'online', 'null', '[]', '{"state":"online"}', '{"topics":"a"}', '{"topics":[1]}'];
  assert.deepEqual(
    payloads.flatMap((text) => topicsOfState(Buffer.from(text))),
    [],
  );
});
