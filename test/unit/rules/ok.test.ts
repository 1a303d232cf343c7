/** What would go wrong: a reject gate that lets a defect pass, or a default that says other than its text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_OK } from '../../../src/domain/rule.js';
import { compileOk, compileWhere } from '../../../src/rules/where.js';
import { factsWith } from '../../support/facts.js';

const withDefects = (defect: number) => factsWith({ defect });

test('compileOk() without a predicate passes a picture without defects and no other, as its text says', () => {
  const pictures = [0, 1, 2].map(withDefects);
  assert.deepEqual(pictures.map(compileOk().holds), [true, false, false]);
  assert.deepEqual(pictures.map(compileOk().holds), pictures.map(compileWhere(DEFAULT_OK).holds));
});

test('compileOk() takes what a predicate can look at', () => {
  const { holds } = compileOk('area < 0.05 && msg.line == 3');
  assert.equal(holds(factsWith({ msg: { line: 3 } })), true);
  assert.equal(holds(factsWith({ msg: { line: 4 } })), false);
});

test('compileOk() fails on a message that lacks a field, as a predicate does', () => {
  assert.throws(() => compileOk('msg.line == 3').holds(factsWith()), { code: 'ERR_PREDICATE' });
});
