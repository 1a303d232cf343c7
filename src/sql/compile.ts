/** Expressions → closures over a row. What cannot be evaluated is thrown as an EvaluationError. */
import type { Choice, Expression, RightSide, ValueOperator } from './ast.js';
import { FUNCTIONS } from './functions.js';
import { compileLike, type Matcher } from './like.js';
import { invalid, invalidFor, isBetween, isIn, notAText, operate } from './operators.js';
import type { Row } from './row.js';
import { EvaluationError, SqlError } from './sql-error.js';
import { fieldOf, isList, isMap, LazyText, printed, printedWithType, type Value } from './values.js';

/** What an expression sees: a row, and the aliases that have been evaluated for it. */
export interface Frame {
  readonly row: Row;
  /** By the number of the alias; undefined: not yet evaluated. */
  readonly aliases: (Value | undefined)[];
}

export type Evaluate = (frame: Frame) => Value;

/** What names mean in a statement. */
export interface Scope {
  /** Undefined: it is no alias here, but a column. */
  alias(name: string): Evaluate | undefined;
  /** Undefined: it is no function of a model. */
  model(name: string): Evaluate | undefined;
}

export function compile(expression: Expression, scope: Scope): Evaluate {
  switch (expression.kind) {
    case 'integer':
    case 'float':
    case 'text':
    case 'boolean': {
      const { value } = expression;
      return () => value;
    }
    case 'column': {
      const { name, stream } = expression;
      const alias = stream === undefined ? scope.alias(name) : undefined;
      return alias ?? (({ row }) => row.column(name));
    }
    case 'paren':
      return compile(expression.expression, scope);
    case 'call':
      return compileCall(expression, scope);
    case 'case':
      return compileCase(expression, scope);
    case 'binary':
      return compileBinary(expression, scope);
  }
}

function compileCall({ name, args }: Extract<Expression, { kind: 'call' }>, scope: Scope): Evaluate {
  const model = scope.model(name);
  if (model !== undefined) return model;
  if (name === 'meta' || name === 'mqtt') return ({ row }) => row.topic;
  const definition = FUNCTIONS[name];
  const expressions = args.filter((arg): arg is Expression => arg.kind !== 'all');
  if (definition === undefined || expressions.length < args.length) {
    throw new SqlError(`function ${name} does not take *`);
  }
  definition.check(expressions);
  const evaluations = expressions.map((arg) => compile(arg, scope));
  return (frame) => {
    const values = evaluations.map((evaluate) => evaluate(frame));
    try {
      return definition.call(values, frame.row);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      throw new EvaluationError(`call func ${name} error: ${error.message}`);
    }
  };
}

function compileCase({ value, clauses, otherwise }: Choice, scope: Scope): Evaluate {
  const tested = value && compile(value, scope);
  const branches = clauses.map(({ when, result }) => [compile(when, scope), compile(result, scope)] as const);
  const last = otherwise && compile(otherwise, scope);
  return (frame) => {
    const subject = tested?.(frame);
    for (const [when, result] of branches) {
      if (isChosen(frame, when, subject)) return result(frame);
    }
    return last?.(frame) ?? null;
  };
}

/** @param subject undefined: `when` is a condition */
function isChosen(frame: Frame, when: Evaluate, subject: Value | undefined): boolean {
  try {
    return (subject === undefined ? when(frame) : operate(subject, '=', when(frame))) === true;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    throw new EvaluationError(`evaluate case expression error: ${error.message}`);
  }
}

function compileBinary({ op, left, right }: Extract<Expression, { kind: 'binary' }>, scope: Scope): Evaluate {
  const first = compile(left, scope);
  switch (op) {
    case '->':
      return compileMember(first, right);
    case '[]':
      return compilePlace(first, right, scope);
    case 'IN':
    case 'NOT IN': {
      const isNot = op === 'NOT IN';
      const items = compileSet(right, scope);
      return (frame) => {
        const value = simple(first(frame), op);
        const set = items(frame);
        return value === null && set !== null ? false : isIn(value, set) !== isNot;
      };
    }
    case 'BETWEEN':
    case 'NOT BETWEEN': {
      if (right.kind !== 'bounds') throw new Error('no bounds');
      const isNot = op === 'NOT BETWEEN';
      const [low, high] = [compile(right.low, scope), compile(right.high, scope)];
      return (frame) => isBetween(simple(first(frame), op), low(frame), high(frame)) !== isNot;
    }
    case 'LIKE':
    case 'NOT LIKE': {
      const isNot = op === 'NOT LIKE';
      const matcher = compilePattern(right as Expression, scope);
      return (frame) => {
        const value = simple(first(frame), op);
        if (typeof value !== 'string' && !(value instanceof LazyText)) throw notAText('left', value);
        return matcher(frame)(String(value)) !== isNot;
      };
    }
    default:
      return compileOperation(first, op, compile(right as Expression, scope));
  }
}

function compileOperation(first: Evaluate, op: ValueOperator, second: Evaluate): Evaluate {
  if (op === 'AND' || op === 'OR') {
    const decided = op === 'OR';
    return (frame) => {
      const left = simple(first(frame), op);
      return left === decided ? decided : operate(left, op, second(frame));
    };
  }
  return (frame) => operate(simple(first(frame), op), op, second(frame));
}

/** @throws {EvaluationError} for a list or a map, before the right side is looked at, as in eKuiper */
function simple(value: Value, op: string): Value {
  if (typeof value === 'object' && (isList(value) || isMap(value))) throw invalidFor(op, value);
  return value;
}

function compileMember(first: Evaluate, right: RightSide): Evaluate {
  const name = right.kind === 'member' ? right.name : '';
  return (frame) => {
    const value = first(frame);
    if (value === null) return null;
    if (isMap(value)) return fieldOf(value, name);
    if (isList(value)) {
      throw new EvaluationError(`the result ${printed(value).slice(0, 200)} is not a type of map[string]interface{}`);
    }
    // eKuiper then takes the name for a column of the message.
    const column = frame.row.column(name);
    if (column === null) return null;
    throw invalid(value, '->', column);
  };
}

function compileSet(right: RightSide, scope: Scope): (frame: Frame) => readonly Value[] | null {
  if (right.kind === 'list') {
    const items = right.items.map((item) => compile(item, scope));
    return (frame) => items.map((item) => item(frame));
  }
  const set = compile(right as Expression, scope);
  return (frame) => {
    const value = set(frame);
    return isList(value) ? value : null;
  };
}

function compilePattern(right: Expression, scope: Scope): (frame: Frame) => Matcher {
  if (right.kind === 'text') {
    const matcher = compileLike(right.value);
    return () => matcher;
  }
  const pattern = compile(right, scope);
  return (frame) => {
    const value = pattern(frame);
    if (typeof value !== 'string') {
      throw new EvaluationError(`invalid LIKE pattern, must be a string but got ${printed(value).slice(0, 200)}`);
    }
    try {
      return compileLike(value);
    } catch (error) {
      throw error instanceof SqlError ? new EvaluationError(error.message) : error;
    }
  };
}

function compilePlace(first: Evaluate, right: RightSide, scope: Scope): Evaluate {
  const at = right.kind === 'index' ? compileInteger(right.at, 'index', scope) : undefined;
  const from = right.kind === 'slice' && right.from ? compileInteger(right.from, 'colon start', scope) : undefined;
  const to = right.kind === 'slice' && right.to ? compileInteger(right.to, 'colon end', scope) : undefined;
  return (frame) => {
    const value = first(frame);
    if (value === null) return null;
    if (isMap(value)) throw invalidFor('[]', value);
    const start = at?.(frame) ?? from?.(frame) ?? 0;
    const end = at === undefined ? to?.(frame) : start;
    if (!isList(value)) {
      const place = `*xsql.BracketEvalResult(&{${start} ${end ?? OPEN_END}})`;
      throw new EvaluationError(`invalid operation ${printedWithType(value)} [] ${place}`);
    }
    return start === end ? itemOf(value, start) : sliceOf(value, start, end);
  };
}

/** What eKuiper takes for the end of a slice that names none. */
const OPEN_END = -(2 ** 31);

function compileInteger(expression: Expression, what: string, scope: Scope): (frame: Frame) => number {
  const evaluate = compile(expression, scope);
  return (frame) => {
    const value = evaluate(frame);
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'number') return Math.trunc(value);
    throw new EvaluationError(`${what} is not int: cannot convert ${printed(value).slice(0, 200)} to int`);
  };
}

function itemOf(list: readonly Value[], place: number): Value {
  const at = place < 0 ? place + list.length : place;
  if (at < 0 || at >= list.length) throw new EvaluationError(`out of index: ${place} of ${list.length}`);
  return list[at] ?? null;
}

/** @param to undefined: the end of the list */
function sliceOf(list: readonly Value[], from: number, to: number | undefined): readonly Value[] {
  const { length } = list;
  if (from >= length) throw new EvaluationError(`start value is out of index: ${from} of ${length}`);
  if (to !== undefined && to > length) throw new EvaluationError(`end value is out of index: ${to} of ${length}`);
  const start = from < 0 ? from + length : from;
  const end = to === undefined ? length : to < 0 ? to + length : to;
  if (start < 0 || end < 0) throw new EvaluationError(`out of index: ${start < 0 ? from : to} of ${length}`);
  if (start >= end) throw new EvaluationError(`start cannot be greater than end. start:${start}  end:${end}`);
  return list.slice(start, end);
}
