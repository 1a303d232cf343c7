/** Text → statement, by the parser that `npm run grammar` makes of grammar.peggy; within bounds. */
import {
  type Choice,
  type Expression,
  type Operator,
  PRECEDENCE,
  type RightSide,
  type Select,
  type StreamField,
  type StreamStatement,
} from './ast.js';
import { FUNCTIONS, noFunction } from './functions.js';
import { parse } from './parser.js';
import { SqlError } from './sql-error.js';
import { optionsOf, refuseOption, type StreamOption } from './stream-options.js';
import { foundAt, isKeyword, quoted } from './tokens.js';

/** A rule of eKuiper's has some hundred characters. */
const MAX_CHARACTERS = 65_536;
/** Brackets and CASE within each other. */
const MAX_DEPTH = 64;
/** Values, names and operators of a statement. */
const MAX_NODES = 2048;

/** Names that a statement may call beside FUNCTIONS: those of models. */
export type ModelFunctions = ReadonlySet<string>;

/** @throws {SqlError} for what is no SELECT, and for what it could have in eKuiper and not here */
export function parseSelect(text: string, models: ModelFunctions): Select {
  return read(text, 'Select', models) as Select;
}

/** CREATE STREAM, SHOW STREAMS, DESCRIBE STREAM or DROP STREAM. @throws {SqlError} */
export function parseStreamStatement(text: string): StreamStatement {
  assertBounds(text);
  if (!/^(create|show|describe|drop)$/i.test(foundAt(text, 0))) {
    throw new SqlError(`Invalid stream statement: ${excerpt(text)}`);
  }
  const statement = read(text, 'StreamStatement', new Set()) as
    | Exclude<StreamStatement, { kind: 'create' }>
    | { kind: 'create'; name: string; fields: readonly StreamField[]; options: readonly StreamOption[] };
  if (statement.kind !== 'create') return statement;
  return { ...statement, options: optionsOf(statement.options) };
}

export function excerpt(text: string): string {
  return text.length <= 1000 ? text : `${text.slice(0, 1000)}…`;
}

function read(text: string, startRule: string, models: ModelFunctions): unknown {
  assertBounds(text);
  let nodes = 0;
  const node = <T>(made: T): T => {
    nodes += 1;
    if (nodes > MAX_NODES) throw new SqlError(`statement has more than ${MAX_NODES} values, names and operators`);
    return made;
  };
  const options = {
    startRule,
    fail(offset: number, expectation: string): never {
      throw new SqlError(`found ${quoted(foundAt(text, offset))}, ${expectation}`);
    },
    refuse(reason: string): never {
      throw new SqlError(reason);
    },
    isKeyword,
    isOption(offset: number, key: string): boolean {
      return refuseOption(key, () => foundAt(text, offset));
    },
    /** Names of functions are checked before their arguments, as eKuiper does. */
    enter(name: string): boolean {
      if (models.has(name) || isBuiltIn(name)) return true;
      throw noFunction(name);
    },
    call: (name: string, args: readonly Expression[]): Expression =>
      node({ kind: 'call', name: models.has(name) ? name : name.toLowerCase(), args }),
    column: (name: string, stream?: string): Expression =>
      node(stream === undefined ? { kind: 'column', name } : { kind: 'column', name, stream }),
    number: (digits: string): Expression => node(numberOf(digits)),
    unquote,
    choose,
    fold: (head: Expression, tail: readonly Operation[]): Expression => fold(head, tail.map(node)),
  };
  return parse(text, options);
}

const META_FUNCTIONS = ['meta', 'mqtt'];

function isBuiltIn(name: string): boolean {
  const key = name.toLowerCase();
  return Object.hasOwn(FUNCTIONS, key) || META_FUNCTIONS.includes(key);
}

/** Before anything recurses. */
function assertBounds(text: string): void {
  if (text.length > MAX_CHARACTERS) throw new SqlError(`statement is longer than ${MAX_CHARACTERS} characters`);
  let depth = 0;
  for (const [mark] of text.matchAll(/"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`[^`]*`?|[([]|[)\]]|\b(?:case|end)\b/gi)) {
    if (/^(?:[([]|case)$/i.test(mark)) depth += 1;
    else if (/^(?:[)\]]|end)$/i.test(mark)) depth -= 1;
    if (depth > MAX_DEPTH) throw new SqlError(`statement has more than ${MAX_DEPTH} brackets within each other`);
  }
}

interface Operation {
  readonly op: Operator;
  readonly right: RightSide;
}

const RANKS = new Map<Operator, number>(PRECEDENCE.flatMap((row, rank) => row.map((op) => [op, rank] as const)));

/** A flat list of operations → a tree: the stack holds what waits for a right side, weaker operators below. */
function fold(head: Expression, tail: readonly Operation[]): Expression {
  const waiting: { left: Expression; op: Operator }[] = [];
  let right: RightSide = head;
  for (const next of tail) {
    const left = reduce(waiting, right, RANKS.get(next.op) ?? 0);
    if (left.kind === 'bounds' || left.kind === 'list') {
      throw new SqlError(`found ${quoted(next.op)}, expected brackets around the right side of BETWEEN or IN.`);
    }
    waiting.push({ left: left as Expression, op: next.op });
    right = next.right;
  }
  return reduce(waiting, right, 0) as Expression;
}

function reduce(waiting: { left: Expression; op: Operator }[], operand: RightSide, rank: number): RightSide {
  let right = operand;
  for (let last = waiting.at(-1); last !== undefined && (RANKS.get(last.op) ?? 0) >= rank; last = waiting.at(-1)) {
    waiting.pop();
    right = { kind: 'binary', op: last.op, left: last.left, right };
  }
  return right;
}

const LARGEST = 2n ** 63n - 1n;

function numberOf(digits: string): Expression {
  if (digits.includes('.')) {
    if (!/^-?\d*\.\d*$/.test(digits)) throw new SqlError(`found ${quoted(digits)}, invalid number value.`);
    return { kind: 'float', value: Number(digits) };
  }
  const value = BigInt(digits);
  return { kind: 'integer', value: value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST - 1n : value };
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', '"': '"', "'": "'" },
};

/** The escapes of Go's texts. */
function unquote(raw: string): string {
  return raw.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs,
    (all, hex?: string, short?: string, long?: string, octal?: string, letter?: string) => {
      if (letter !== undefined) {
        const character = ESCAPES[letter];
        if (character === undefined)
          throw new SqlError(`found ${quoted(`invalid string: "${raw}"`)}, expected expression.`);
        return character;
      }
      const code = octal === undefined ? Number.parseInt(hex ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
      if (code > 0x10ffff) throw new SqlError(`found ${quoted(`invalid string: ${all}`)}, expected expression.`);
      return String.fromCodePoint(code);
    },
  );
}

function choose(value: Expression | null, clauses: Choice['clauses'], otherwise: Expression | null): Choice {
  if (clauses.length === 0) {
    throw new SqlError(`invalid CASE expression, WHEN expected before ${otherwise === null ? 'END' : 'ELSE'}`);
  }
  if (value === null && !clauses.every(({ when }) => isCondition(when))) {
    throw new SqlError('invalid CASE expression, WHEN expression must be a bool condition');
  }
  return { kind: 'case', clauses, ...(value && { value }), ...(otherwise && { otherwise }) };
}

const VALUE_RANK = RANKS.get('+') ?? 0;

/** More than eKuiper takes: brackets and calls as well. */
function isCondition(expression: Expression): boolean {
  if (expression.kind === 'binary') return (RANKS.get(expression.op) ?? 0) < VALUE_RANK;
  return ['boolean', 'call', 'paren'].includes(expression.kind);
}
