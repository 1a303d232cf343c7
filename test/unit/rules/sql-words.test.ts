import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileWhere } from '../../../src/rules/where.js';

const refusal = (column: number, reason: string) => ({ code: 'ERR_CONFIG', details: { line: 1, column, reason } });

describe('compileWhere() names words of SQL and what to write', () => {
  for (const [source, column, word, instead] of [
    ['defect > 0 AND area > 0.001', 12, 'AND', '&&'],
    ['defect > 0 or area > 0.001', 12, 'or', '||'],
    ['not defect > 0', 1, 'not', '!(…)'],
    ['defect = 1', 8, '=', '=='],
    ['defect <> 1', 8, '<>', '!='],
    ['defect === 1', 8, '===', '=='],
    ['msg->line == 3', 4, '->', 'a point: msg.line'],
    ['topic not like "a%"', 7, 'not like', 'startsWith("…"), endsWith("…") or contains("…")'],
    ['topic NOT IN ("a")', 7, 'NOT IN', '!(x in [a, b])'],
    ['topic in ("a", "b")', 7, 'in', 'in [a, b]'],
    ['defect > 0 && TRUE', 15, 'TRUE', 'true, false or null in small letters'],
    ['defect > 0;', 11, ';', 'nothing at the end'],
    ['topic == "x AND y" && defect = 1', 30, '=', '=='],
    ['msg.or == 1 AND true', 13, 'AND', '&&'],
  ] as const) {
    it(source, () => {
      assert.throws(() => compileWhere(source), refusal(column, `"${word}" is not CEL: write ${instead}`));
    });
  }

  it('names a function of SQL', () => {
    assert.throws(() => compileWhere('lower(topic) == "a"'), { message: /lower\(\) is not .*: write lowerAscii\(\)/ });
  });
});

describe('compileWhere() leaves alone what only looks like SQL', () => {
  for (const source of ['topic == "a or b"', 'has(msg.and) && msg.and == 1', 'msg.order == 1', 'defect in [1, 2]']) {
    it(source, () => assert.equal(compileWhere(source).source, source));
  }

  it('a fault of another kind keeps its words', () => {
    assert.throws(() => compileWhere('defect > 0 &&'), { message: /Unexpected token: EOF/ });
  });
});
