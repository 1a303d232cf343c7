/** What an operator makes of two values: eKuiper's table of types, and the words of its errors. */
import type { ValueOperator } from './ast.js';
import { EvaluationError } from './sql-error.js';
import { compareTexts, isList, isMap, LazyText, printed, printedWithType, type Value } from './values.js';

const COMPARISONS: ReadonlySet<ValueOperator> = new Set(['=', '!=', '<', '<=', '>', '>=']);

/**
 * With null on a side comparisons, AND and OR are false and arithmetic is null; an integer beside a float becomes one.
 * @throws {EvaluationError} for types that the operator does not take together, and for a division by zero
 */
export function operate(left: Value, op: ValueOperator, right: Value): Value {
  if (left === null || right === null) return COMPARISONS.has(op) || op === 'AND' || op === 'OR' ? false : null;
  if (typeof left === 'number') {
    if (typeof right === 'number') return ofFloats(left, op, right);
    if (typeof right === 'bigint') return ofFloats(left, op, Number(right));
    throw invalid(left, op, right);
  }
  if (typeof left === 'bigint') {
    if (typeof right === 'bigint') return ofIntegers(left, op, right);
    if (typeof right === 'number') return ofFloats(Number(left), op, right);
    throw invalid(left, op, right);
  }
  if (typeof left === 'boolean') {
    // eKuiper prints a value of the right type in the place of one that is not.
    if (typeof right !== 'boolean') throw invalid(left, op, false);
    return ofBooleans(left, op, right);
  }
  if (isList(left) || isMap(left)) throw invalidFor(op, left);
  if (typeof right !== 'string' && !(right instanceof LazyText)) throw invalid(left, op, right);
  if (!COMPARISONS.has(op)) throw invalid(left, op, right);
  return compared(compareTexts(String(left), String(right)), op);
}

export function invalidFor(op: string, value: Value): EvaluationError {
  return new EvaluationError(`${op} is an invalid operation for ${isList(value) ? LIST : MAP}`);
}

const LIST = '[]interface {}';
const MAP = 'map[string]interface {}';

export function invalid(left: Value, op: string, right: Value): EvaluationError {
  return new EvaluationError(`invalid operation ${printedWithType(left)} ${op} ${printedWithType(right)}`);
}

function ofBooleans(left: boolean, op: ValueOperator, right: boolean): boolean {
  switch (op) {
    case 'AND':
    case '&':
      return left && right;
    case 'OR':
    case '|':
      return left || right;
    case '=':
      return left === right;
    case '!=':
    case '^':
      return left !== right;
    default:
      throw invalid(left, op, right);
  }
}

function ofFloats(left: number, op: ValueOperator, right: number): number | boolean {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) throw dividedByZero();
      return left / right;
    case '%':
      if (right === 0) throw dividedByZero();
      return left % right;
    default:
      if (!COMPARISONS.has(op)) throw invalid(left, op, right);
      return compared(left < right ? -1 : left > right ? 1 : left === right ? 0 : Number.NaN, op);
  }
}

function ofIntegers(left: bigint, op: ValueOperator, right: bigint): bigint | boolean {
  const value = integerOf(left, op, right);
  if (value !== undefined) return BigInt.asIntN(64, value);
  if (!COMPARISONS.has(op)) throw invalid(left, op, right);
  return compared(left < right ? -1 : left > right ? 1 : 0, op);
}

function integerOf(left: bigint, op: ValueOperator, right: bigint): bigint | undefined {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0n) throw dividedByZero();
      return left / right;
    case '%':
      if (right === 0n) throw dividedByZero();
      return left % right;
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    default:
      return undefined;
  }
}

/** @param order below, at or above zero; NaN: neither */
function compared(order: number, op: ValueOperator): boolean {
  switch (op) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

function dividedByZero(): EvaluationError {
  return new EvaluationError('divided by zero');
}

/** @param high both bounds are within */
export function isBetween(value: Value, low: Value, high: Value): boolean {
  const above = comparable(value, '>=', low);
  return comparable(value, '<=', high) && above;
}

function comparable(value: Value, op: '>=' | '<=', bound: Value): boolean {
  try {
    return operate(value, op, bound) === true;
  } catch {
    throw new EvaluationError(
      `between operator cannot compare ${printedWithType(value)} and ${printedWithType(bound)}`,
    );
  }
}

/** Null (no set) has nothing in it. */
export function isIn(value: Value, items: readonly Value[] | null): boolean {
  try {
    return items?.some((item) => operate(value, '=', item) === true) ?? false;
  } catch (error) {
    throw new EvaluationError(`evaluate in expression error: ${error instanceof Error ? error.message : error}`);
  }
}

export function notAText(side: 'left' | 'right', value: Value): EvaluationError {
  return new EvaluationError(`LIKE operator ${side} operand expects string, but found ${printed(value).slice(0, 200)}`);
}
