import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileWhere, MAX_WHERE_BYTES } from '../../../src/rules/where.js';
import { factsWith } from '../../support/facts.js';

const holds = (source: string, facts = factsWith()) => compileWhere(source).holds(facts);

// One row per variable: the value and its type (an int equals an int, a double a double; mixing them is refused).
for (const source of [
  'defect == 2',
  'width == 640',
  'height == 480',
  'area == 0.03',
  'largest == 0.02',
  'score == 0.9',
  'topic == "line/3/camera/left"',
  'size(msg) == 0',
  'size(props) == 0',
]) {
  test(`compileWhere() knows ${source}`, () => assert.equal(holds(source), true));
}

test('Predicate.holds() takes the last of a repeated user property', () => {
  const props = [
    ['a', '1'],
    ['b', 'x'],
    ['a', '2'],
  ] as const;
  assert.equal(holds('props.a == "2" && props.b == "x"', factsWith({ props })), true);
});

test('Predicate.holds() compares a JSON number with int and double alike', () => {
  const facts = factsWith({ msg: { line: 3 } });
  assert.deepEqual(
    ['msg.line == 3', 'msg.line == 3.0', 'msg.line in [2, 3]', 'msg.line > 2', 'msg.line < defect'].map((s) =>
      holds(s, facts),
    ),
    [true, true, true, true, false],
  );
});

test('Predicate.holds() sees fields named as parts of JavaScript objects as mere fields', () => {
  const msg = JSON.parse('{"constructor": 1, "__proto__": {"a": 2}, "o": {"constructor": "x", "b": 3}}') as Record<
    string,
    unknown
  >;
  const facts = factsWith({ msg });
  assert.equal(
    holds('msg.constructor == 1 && msg["__proto__"].a == 2 && msg.o.constructor == "x" && msg.o.b == 3', facts),
    true,
  );
});

test('Predicate.holds() sees nothing of JavaScript’s prototypes', () => {
  assert.equal(
    holds('has(msg.constructor) || has(msg.toString) || "__proto__" in msg || has(props.hasOwnProperty)'),
    false,
  );
});

for (const [title, source, msg] of [
  ['a missing field', 'msg.line == 3', {}],
  ['a missing field of a missing field', 'has(msg.a.b)', {}],
  ['types that do not compare', 'msg.line < 3', { line: 'a' }],
  ['double plus int', 'msg.line + 1 > 3', { line: 3 }],
  ['a field that is no condition', 'msg.line && true', { line: 3 }],
  ['an index out of range', 'msg.list[1] == 1', { list: [1] }],
  ['a division by zero', 'defect / int(msg.zero) > 0', { zero: 0 }],
  ['text that is no number', 'int(msg.text) > 0', { text: 'x' }],
] as const) {
  test(`Predicate.holds() fails with ERR_PREDICATE on ${title}`, () => {
    assert.throws(() => holds(source, factsWith({ msg })), { code: 'ERR_PREDICATE' });
  });
}

test('Predicate.holds() compares with a duration that stands in it', () => {
  const source = 'timestamp(msg.to) - timestamp(msg.from) > duration("1h30m")';
  const msg = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T02:00:00Z' };
  assert.equal(holds(source, factsWith({ msg })), true);
  assert.equal(holds(source, factsWith({ msg: { ...msg, to: '2026-01-01T01:00:00Z' } })), false);
});

test('Predicate.holds() survives JSON deeper than the stack', () => {
  const nested = () => JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`) as Record<string, unknown>;
  const deep: Record<string, unknown> = {};
  for (let depth = 0, at = deep; depth < 100_000; depth++) at = at['a'] = {};
  assert.equal(holds('msg.a != null', factsWith({ msg: nested() })), true);
  assert.equal(holds('has(msg.a.a.a)', factsWith({ msg: deep })), true);
});

for (const [title, source, line, column] of [
  ['no text', '', 1, 1],
  ['a syntax fault', 'defect >', 1, 9],
  ['an unknown name', 'defect > 0 && flaws > 0', 1, 15],
  ['an unknown name on a second line', 'defect > 0 &&\n  flaws > 0', 2, 3],
  ['a map against a number', 'defects > 0', 1, 1],
  ['a name of Object.prototype', 'constructor == 1', 1, 1],
  ['double against int', 'defect > 0 && area == 0', 1, 15],
  ['text against a number', 'topic == 3', 1, 1],
  ['a value that is a number', 'defect', 1, 1],
  ['a value whose type is not known', 'msg.flag', 1, 1],
  ['a regular expression', 'defect > 0 && topic.matches("a")', 1, 15],
  ['a regular expression on a dyn', 'dyn(topic).matches("a")', 1, 1],
  ['a duration of the message', 'defect > 0 && duration(msg.d) > duration("1h")', 1, 15],
  ['a duration of a long text', `duration("${'1'.repeat(33)}") > duration("1h")`, 1, 1],
  ['the macro all', 'msg.l.all(x, x > 1)', 1, 1],
  ['the macro exists', 'msg.l.exists(x, x > 1)', 1, 1],
  ['the macro exists_one', 'msg.l.exists_one(x, x > 1)', 1, 1],
  ['the macro map', 'msg.l.map(x, x) == []', 1, 1],
  ['the macro filter', 'msg.l.filter(x, x > 1) == []', 1, 1],
  ['the macro bind', 'cel.bind(x, 1, x == 1)', 1, 1],
  ['a macro inside a list', 'true in [msg.l.exists(x, x > 1)]', 1, 10],
  ['a macro inside a map', '{"a": msg.l.exists(x, x > 1)}.a', 1, 7],
  ['a macro inside an index', '[1][msg.l.map(x, x)[0]] == 1', 1, 5],
  ['join', 'topic.split("").join(topic) == ""', 1, 1],
  ['optional values', 'optional.of(1).hasValue()', 1, 1],
] as const) {
  test(`compileWhere() refuses ${title} with its place`, () => {
    assert.throws(
      () => compileWhere(source),
      (error: { code: string; details: Record<string, unknown> }) => {
        assert.deepEqual([error.code, error.details['line'], error.details['column']], ['ERR_CONFIG', line, column]);
        return true;
      },
    );
  });
}

test('compileWhere() tells how to write a double', () => {
  assert.throws(() => compileWhere('area == 0'), /a double's number has a point: 0\.0/);
});

for (const [title, source] of [
  ['text above its limit', `true || "${'x'.repeat(MAX_WHERE_BYTES)}" == topic`],
  ['text above its limit in bytes', `true || "${'é'.repeat(MAX_WHERE_BYTES / 2)}" == topic`],
  ['too many nodes', `defect in [${Array(60).fill('1').join(',')}]${' || true'.repeat(100)}`],
  ['too many negations', `${'!'.repeat(400)}true`],
  ['nesting too deep', `${'('.repeat(40)}true${')'.repeat(40)}`],
  ['a list too long', `defect in [${Array(65).fill('1').join(',')}]`],
] as const) {
  test(`compileWhere() refuses ${title}`, () => assert.throws(() => compileWhere(source), { code: 'ERR_CONFIG' }));
}

for (const [source, alwaysTrue] of [
  ['defect >= 0', true],
  ['0 <= defect', true],
  ['defect > -1', true],
  ['-1 < defect', true],
  ['defect != -1', true],
  ['area >= 0.0', true],
  ['defect > 0 || width >= 0', true],
  ['defect >= 0 && height > -2', true],
  ['true', true],
  ['defect > 0', false],
  ['defect >= 1', false],
  ['defect <= 0', false],
  ['0 >= defect', false],
  ['defect != 0', false],
  ['defect >= 0 && area > 0.0', false],
  ['msg.line >= 0', false],
] as const) {
  test(`Predicate.alwaysTrue of ${source} is ${alwaysTrue}`, () => {
    assert.equal(compileWhere(source).alwaysTrue, alwaysTrue);
  });
}

for (const [source, reason] of [
  ['area > 5', 'area is a fraction from 0 to 1: 5 % is 0.05'],
  ['5 < area', 'area is a fraction from 0 to 1: 5 % is 0.05'],
  ['score > 90', 'score is a fraction from 0 to 1: 90 % is 0.9'],
  ['largest >= 12.5', 'largest is a fraction from 0 to 1: 12.5 % is 0.125'],
  ['area > 1.0', 'area is a fraction from 0 to 1'],
  ['area < 0.0', 'area is a fraction from 0 to 1'],
  ['defect < 0', 'defect is never below 0'],
  ['defect == -1', 'defect is never below 0'],
  ['defect > 0 && area > 5', 'area is a fraction from 0 to 1: 5 % is 0.05'],
  ['area > 5 || defect < 0', 'area is a fraction from 0 to 1: 5 % is 0.05'],
  ['area * 100.0 > 150.0', 'its comparisons can never hold'],
  ['defects.crack < 0', 'its comparisons can never hold'],
  ['area > 0.5 && area < 0.3', 'its comparisons can never hold'],
  ['defect == 1 && topic == "a" && 2 <= defect', 'its comparisons can never hold'],
  ['!(defect >= 0)', 'its comparisons can never hold'],
  ['false', 'its comparisons can never hold'],
  ['area > 0.05', undefined],
  ['area == 1.0', undefined],
  ['area * 100.0 > 5.0', undefined],
  ['defect > 1 && defect < 3', undefined],
  ['area > 5 || defect > 0', undefined],
  ['msg.line > 5 && msg.line < 3', undefined],
  ['double(defect) / double(width * height) > 5.0', undefined],
] as const) {
  test(`Predicate.neverTrue of ${source} is ${reason}`, () => assert.equal(compileWhere(source).neverTrue, reason));
}

test('Predicate.holds() counts classes by name', () => {
  const facts = factsWith({ defects: { crack: 2, 'big break': 0 } });
  assert.equal(holds('defects.crack == 2 && defects["big break"] == 0 && size(defects) == 2', facts), true);
});

test('compileWhere() takes any class name as long as the classes are not known', () => {
  assert.equal(compileWhere('defects.crack > 0').alwaysTrue, false);
});

const CLASSES = ['crack', 'big break'];
for (const [source, column, reason] of [
  ['defects.crak > 0', 1, /the model has no class "crak" \(did you mean crack\?\)/],
  ['defect > 0 && defects["dust"] > 0', 15, /the model has no class "dust" \(known: crack, big break\)/],
  ['has(defects.Crack)', 5, /did you mean crack\?/],
] as const) {
  test(`compileWhere() refuses ${source} when it knows the classes`, () => {
    assert.throws(
      () => compileWhere(source, CLASSES),
      (error: { code: string; details: Record<string, unknown> }) => {
        assert.deepEqual([error.code, error.details['column']], ['ERR_CONFIG', column]);
        assert.match(String(error.details['reason']), reason);
        return true;
      },
    );
  });
}

test('compileWhere() refuses defects of a model without classes', () => {
  assert.throws(() => compileWhere('size(defects) > 0', []), { message: /the model has no classes/ });
  assert.equal(compileWhere('defect > 0', []).source, 'defect > 0');
});
