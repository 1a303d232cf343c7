import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileWhere } from '../../../src/rules/where.js';
import { factsWith } from '../../support/facts.js';

const NEW_YEAR = '2025-12-31T23:30:15.250Z';
const answer = (source: string, msg = {}) =>
  compileWhere(source).holds(factsWith({ msg: { taken: NEW_YEAR, ...msg } }));

describe('parts of a timestamp', () => {
  for (const [part, expected] of [
    ['getFullYear("Europe/Berlin")', 2026],
    ['getFullYear("UTC")', 2025],
    ['getMonth("+01:00")', 0],
    ['getDate("+01:00")', 1],
    ['getDayOfMonth("+01:00")', 0],
    ['getDayOfWeek("+01:00")', 4],
    ['getDayOfYear("+01:00")', 0],
    ['getDayOfYear()', 364],
    ['getHours("+05:45")', 5],
    ['getHours("05:45")', 5],
    ['getHours("-9:30")', 14],
    ['getMinutes("+05:45")', 15],
    ['getSeconds("Asia/Tokyo")', 15],
    ['getMilliseconds("Asia/Tokyo")', 250],
  ] as const) {
    it(`${part} is ${expected}`, () => {
      assert.equal(answer(`timestamp(msg.taken).${part} == ${expected}`), true);
    });
  }

  it('a zone of the message counts as one of the text', () => {
    assert.equal(answer('timestamp(msg.taken).getHours(msg.zone) == 1', { zone: '+02:00' }), true);
  });
});

describe('a timestamp', () => {
  for (const [text, seconds] of [
    ['1970-01-01T00:00:10Z', 10],
    ['1970-01-01T01:00:10+01:00', 10],
    ['1969-12-31T19:00:10.999999999-05:00', 10],
  ] as const) {
    it(`${text} is a whole time`, () => {
      assert.equal(answer(`timestamp("${text}") >= timestamp(${seconds})`), true);
      assert.equal(answer(`timestamp("${text}") < timestamp(${seconds + 1})`), true);
    });
  }
});

describe('what stands in the predicate is checked at start', () => {
  for (const [source, message] of [
    ['timestamp("2026-01-01") > timestamp(0)', /must be as 2026-11-30T08:00:00Z/],
    ['timestamp("2026-01-01T00:00:00") > timestamp(0)', /must be as/],
    ['timestamp("2026-02-30T00:00:00Z") > timestamp(0)', /must be as/],
    ['timestamp(msg.t).getHours("Nowhere/City") > 1', /time zone must be as Europe\/Berlin, UTC or \+02:00/],
    ['timestamp(msg.t).getHours("+0200") > 1', /time zone must be/],
    ['duration("8x") > duration("1h")', /Invalid duration string: 8x/],
    ['int("abc") > 1', /cannot convert to int/],
  ] as const) {
    it(source, () => assert.throws(() => compileWhere(source), { code: 'ERR_CONFIG', message }));
  }

  it('what a message brings is its own fault', () => {
    const late = compileWhere('timestamp(msg.taken).getHours() > 6');
    assert.throws(() => late.holds(factsWith({ msg: { taken: 'yesterday' } })), {
      code: 'ERR_PREDICATE',
      message: /a timestamp must be as .*: yesterday/,
    });
  });

  it('names functions as they were written', () => {
    assert.throws(() => compileWhere('topic.getHours("UTC") > 1'), { message: /'string\.getHours\(string\)'/ });
  });
});
