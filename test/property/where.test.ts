// A predicate is text from a stranger (POST /inspect?where=) judged on messages from strangers. If a text could take long
// or throw something that is not ours, a worker would hang or die with the pictures of others in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileWhere } from '../../src/rules/where.js';
import { ServiceError } from '../../src/std/errors.js';
import { factsWith } from '../support/facts.js';

/** True when `source` is refused as configuration, fails as a predicate, or answers: nothing else may happen. */
function isHarmless(source: string, msg: Record<string, unknown>): boolean {
  try {
    return typeof compileWhere(source).holds(factsWith({ msg })) === 'boolean';
  } catch (error) {
    return error instanceof ServiceError && (error.code === 'ERR_CONFIG' || error.code === 'ERR_PREDICATE');
  }
}

const WORDS = [
  ...['defect', 'area', 'score', 'width', 'topic', 'msg', 'props', 'msg.a', 'msg.constructor', 'x', '__proto__', 'cel'],
  ...['0', '1', '-1', '0.5', '1e308', '9223372036854775807', '"a"', "'b'", 'b"c"', 'true', 'false', 'null', '1u'],
  ...[
    '+',
    '-',
    '*',
    '/',
    '%',
    '==',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    '&&',
    '||',
    '!',
    '?',
    ':',
    'in',
    ',',
    '.',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
  ],
  ...[
    'has(',
    'size(',
    'int(',
    'string(',
    'dyn(',
    'timestamp(',
    '.split(',
    '.substring(',
    '.contains(',
    '.matches(',
    '.map(x,',
    '//',
    '\n',
  ],
];
const anyJson = fc.dictionary(
  fc.oneof(fc.constantFrom('a', 'constructor', '__proto__', 'toString'), fc.string()),
  fc.jsonValue() as fc.Arbitrary<unknown>,
);

test('compileWhere() answers, refuses or fails in its own words on any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), anyJson, isHarmless), { numRuns: 1000 });
});

test('compileWhere() answers, refuses or fails in its own words on any words of the language', () => {
  const source = fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join(' '));
  fc.assert(fc.property(source, anyJson, isHarmless), { numRuns: 3000 });
});

// Sound expressions with their meaning in JavaScript, to compare with what CEL makes of them.
interface Meant {
  readonly source: string;
  readonly value: boolean;
}
const FACTS = factsWith({ defect: 3, width: 640, area: 0.25, score: 0.5, msg: { line: 7, load: 1.5 } });
const INTS = { defect: 3, width: 640, height: 480 } as const;
const DOUBLES = { area: 0.25, largest: 0.02, score: 0.5, 'msg.line': 7, 'msg.load': 1.5 } as const;
const COMPARE = {
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
};

const operator = fc.constantFrom(...(Object.keys(COMPARE) as (keyof typeof COMPARE)[]));
const intTerm = fc.oneof(
  fc.constantFrom(...Object.entries(INTS)),
  fc.integer({ min: -1000, max: 1000 }).map((value) => [String(value), value] as const),
);
const doubleTerm = fc.oneof(
  fc.constantFrom(...Object.entries(DOUBLES)),
  fc.integer({ min: -4000, max: 4000 }).map((quarters) => [(quarters / 4).toFixed(2), quarters / 4] as const),
);
const comparison = fc
  .oneof(fc.tuple(intTerm, operator, intTerm), fc.tuple(doubleTerm, operator, doubleTerm))
  .map(([[left, a], op, [right, b]]): Meant => ({ source: `${left} ${op} ${right}`, value: COMPARE[op](a, b) }));
const { expression } = fc.letrec<{ expression: Meant }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    comparison,
    tie('expression').map(({ source, value }): Meant => ({ source: `!(${source})`, value: !value })),
    fc.tuple(tie('expression'), fc.constantFrom('&&', '||'), tie('expression')).map(
      ([a, op, b]): Meant => ({
        source: `(${a.source} ${op} ${b.source})`,
        value: op === '&&' ? a.value && b.value : a.value || b.value,
      }),
    ),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(
      ([a, b, c]): Meant => ({
        source: `(${a.source} ? ${b.source} : ${c.source})`,
        value: a.value ? b.value : c.value,
      }),
    ),
  ),
}));

test('Predicate.holds() is what the same expression is in JavaScript', () => {
  const withinLimit = expression.filter(({ source }) => source.length <= 500);
  fc.assert(
    fc.property(withinLimit, ({ source, value }) => assert.equal(compileWhere(source).holds(FACTS), value)),
    { numRuns: 1000 },
  );
});

test('Predicate.alwaysTrue and neverTrue are never said of what is otherwise for some picture', () => {
  const fraction = fc.constantFrom(0, 0.25, 1);
  const measures = fc.record({ defect: fc.nat(5), width: fc.nat(5), area: fraction, score: fraction });
  const bound = fc.integer({ min: -2, max: 2 });
  const factor = fc.constantFrom('', ' * 2.0', ' * -1.0');
  const name = fc.oneof(
    fc.constantFrom('defect', 'width', 'area', 'double(defect)'),
    fc.tuple(fc.constantFrom('area', 'score'), factor).map((parts) => parts.join('')),
  );
  // Double against int compares in order only.
  const ordered = fc.constantFrom('<', '<=', '>', '>=');
  const source = fc
    .tuple(name, ordered, bound, fc.boolean())
    .map(([left, op, value, isFlipped]) => (isFlipped ? `${value} ${op} ${left}` : `${left} ${op} ${value}`));
  const whole = fc.tuple(fc.constantFrom('defect', 'width'), operator, bound).map((parts) => parts.join(' '));
  const { any } = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      source,
      whole,
      fc.tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any')).map((parts) => `(${parts.join(' ')})`),
      tie('any').map((inner) => `!(${inner})`),
    ),
  }));
  fc.assert(
    fc.property(any, measures, (text, picture) => {
      const { alwaysTrue, neverTrue, holds } = compileWhere(text);
      const verdict = holds(factsWith(picture));
      return verdict ? neverTrue === undefined : !alwaysTrue;
    }),
    { numRuns: 3000 },
  );
});
