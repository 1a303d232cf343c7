import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCel } from '../../../src/rules/where.js';

test('toCel() makes a Map of every object and keeps everything else', () => {
  assert.deepEqual(
    toCel({ a: 1, b: 'x', c: true, d: null, e: [1, [2], { f: {} }] }),
    new Map<string, unknown>([
      ['a', 1],
      ['b', 'x'],
      ['c', true],
      ['d', null],
      ['e', [1, [2], new Map([['f', new Map()]])]],
    ]),
  );
});

test('toCel() leaves its argument as it was', () => {
  const source = { a: [{ b: 1 }] };
  toCel(source);
  assert.deepEqual(source, { a: [{ b: 1 }] });
});
