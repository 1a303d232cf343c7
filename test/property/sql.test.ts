// A statement is text from whoever reaches the REST server, judged on messages from strangers: it must be refused, fail, or
// answer. And what it answers must be what its tree says, whatever the order of its operators.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStreamStatement } from '../../src/sql/parse.js';
import { SqlError } from '../../src/sql/sql-error.js';
import type { ValueMap } from '../../src/sql/values.js';
import { outcomeOf } from '../support/sql.js';

const WORDS = [
  ...['a', 'o', 'l', 'n', 's', '__proto__', 'constructor', '`x y`', '"a%"', "'b'", '1', '2.5', '-3', 'true', 'false'],
  ...['->', '.', '[', ']', ':', '(', ')', ',', '*', '/', '%', '+', '-', '&', '|', '^', '=', '!=', '<', '>', '<=', '>='],
  ...['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'LIKE', 'CASE', 'WHEN', 'THEN', 'ELSE', 'END', 'AS', 'INVISIBLE', 'EXCEPT'],
  ...['abs(', 'concat(', 'cast(a, "string")', 'meta(topic)', 'inference(image)', 'json_path_query_first(', 'length('],
];

const message = { a: 5, n: null, s: 'abc', o: { a: 1, l: [1] }, l: [1, 'x', null], ['__proto__']: 1 } as ValueMap;

test('any text of the language’s words is refused, fails or answers', () => {
  const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((list) => list.join(' '));
  fc.assert(
    fc.property(words, words, (fields, condition) => {
      outcomeOf(`SELECT ${fields} FROM t WHERE ${condition}`, { message });
    }),
    { numRuns: 1000 },
  );
});

test('any text at all is refused or read as a statement about streams', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      for (const sql of [text, `CREATE STREAM ${text}`, `CREATE STREAM x () WITH (${text}`]) {
        try {
          parseStreamStatement(sql);
        } catch (error) {
          assert.ok(error instanceof SqlError, sql);
        }
      }
    }),
    { numRuns: 500 },
  );
});

type Node = number | boolean | { readonly op: string; readonly left: Node; readonly right: Node };

/** By eKuiper's precedence. */
const RANKS: Readonly<Record<string, number>> = { OR: 1, AND: 2, '=': 3, '<': 3, '>=': 3, '+': 4, '-': 4, '*': 5 };
const ARITHMETIC = ['+', '-', '*'];

/** Brackets only where the order of the operators needs them. */
function written(node: Node, rank = 0): string {
  if (typeof node !== 'object') return Number(node) < 0 ? `(${node})` : String(node); // `- -1` begins a comment
  const own = RANKS[node.op] ?? 0;
  const text = `${written(node.left, own)} ${node.op} ${written(node.right, own + 1)}`;
  return own < rank ? `(${text})` : text;
}

/** A plain interpreter. */
function resultOf(node: Node): number | boolean {
  if (typeof node !== 'object') return node;
  const [left, right] = [resultOf(node.left), resultOf(node.right)];
  switch (node.op) {
    case 'OR':
      return Boolean(left) || Boolean(right);
    case 'AND':
      return Boolean(left) && Boolean(right);
    case '=':
      return left === right;
    case '<':
      return left < right;
    case '>=':
      return left >= right;
    case '+':
      return Number(left) + Number(right);
    case '-':
      return Number(left) - Number(right);
    default:
      return Number(left) * Number(right);
  }
}

const { condition } = fc.letrec<{ number: Node; condition: Node }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -9, max: 9 }),
    fc.record({ op: fc.constantFrom(...ARITHMETIC), left: tie('number'), right: tie('number') }),
  ),
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.boolean(),
    fc.record({ op: fc.constantFrom('=', '<', '>='), left: tie('number'), right: tie('number') }),
    fc.record({ op: fc.constantFrom('AND', 'OR'), left: tie('condition'), right: tie('condition') }),
  ),
}));

test('a condition has the value of its tree', () => {
  fc.assert(
    fc.property(condition, (tree) => {
      const expected = { output: `{"r":${resultOf(tree)}}` };
      assert.deepEqual(outcomeOf(`SELECT ${written(tree)} as r FROM t`), expected);
    }),
    { numRuns: 1000 },
  );
});
