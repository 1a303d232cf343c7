import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCulpritSearch } from '../../../src/mqtt/culprit-search.js';

/** Loses `a` alone, and between two losses has `b` answered. */
function loseAlone(times: number, isWitnessed: boolean) {
  const search = createCulpritSearch<string>();
  const found: (string | undefined)[] = [];
  for (let loss = 0; loss < times; loss += 1) {
    if (isWitnessed && loss > 0) search.answered('b');
    found.push(search.lost(['a']));
  }
  return found;
}

test('createCulpritSearch() finds a publish guilty at its third loss alone, if others were answered in between', () => {
  assert.deepEqual(loseAlone(3, true), [undefined, undefined, 'a']);
});

test('createCulpritSearch() finds nothing guilty as long as no other publish is answered', () => {
  assert.deepEqual(new Set(loseAlone(50, false)), new Set([undefined]));
});

test('createCulpritSearch() finds nothing guilty that was never lost alone', () => {
  const search = createCulpritSearch<string>();
  for (let loss = 0; loss < 50; loss += 1) {
    assert.equal(search.lost(['a', 'b']), undefined);
    search.answered('c');
  }
});

test('createCulpritSearch() begins when the same publishes are lost twice, and ends when they are answered', () => {
  const search = createCulpritSearch<string>();
  search.lost(['a', 'b']);
  search.lost(['c']);
  assert.equal(search.isOn, false);
  search.lost(['a', 'b']);
  assert.equal(search.isOn, true);
  search.answered('a');
  search.forget('b');
  assert.equal(search.isOn, false);
});
