import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined } from '../../../src/std/defined.js';

test('defined() leaves out what is undefined, and nothing else', () => {
  assert.deepEqual(Object.entries(defined({ a: undefined, b: null, c: 0, d: '', e: false })), [
    ['b', null],
    ['c', 0],
    ['d', ''],
    ['e', false],
  ]);
});
