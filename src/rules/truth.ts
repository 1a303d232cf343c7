/** Whether a predicate says the same for every picture: told from the range of each number that it compares. Pure. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { MEASURE_ROWS } from '../domain/measures.js';

/** Inclusive. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** Undefined: it depends on the picture, or cannot be told. */
export type Truth = boolean | undefined;

const RANGES: ReadonlyMap<string, Range> = new Map(
  MEASURE_ROWS.flatMap(([name, { isNeverNegative, max = Infinity }]) =>
    isNeverNegative ? [[name, { min: 0, max }] as const] : [],
  ),
);

/** True or false only when it surely is so for every picture. */
export function truthOf(node: ASTNode): Truth {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'boolean' ? node.args : undefined;
    case '&&':
      return isContradiction(node) ? false : both(...node.args);
    case '||': {
      const [left, right] = node.args.map(truthOf);
      if (left === true || right === true) return true;
      return left === false && right === false ? false : undefined;
    }
    case '!_': {
      const inner = truthOf(node.args);
      return inner === undefined ? undefined : !inner;
    }
    case '>':
    case '>=':
    case '<':
    case '<=':
    case '==':
    case '!=':
      return compared(rangeOf(node.args[0]), node.op, rangeOf(node.args[1]));
    default:
      return undefined;
  }
}

/** Why a comparison in it holds for no picture, in words that say which numbers are possible. */
export function impossibleIn(node: ASTNode): string | undefined {
  if (node.op === '&&' || node.op === '||') {
    const [left, right] = node.args.map(impossibleIn);
    return left ?? right;
  }
  if (!isComparison(node) || truthOf(node) !== false) return undefined;
  const [left, right] = node.args;
  const [name, bound] = nameOf(left) === undefined ? [nameOf(right), rangeOf(left)] : [nameOf(left), rangeOf(right)];
  const range = name === undefined ? undefined : RANGES.get(name);
  if (name === undefined || range === undefined || bound === undefined) return undefined;
  if (range.max === Infinity) return `${name} is never below ${range.min}`;
  const isPercent = bound.min === bound.max && bound.min > range.max && bound.min <= 100;
  const advice = isPercent ? `: ${bound.min} % is ${Number((bound.min / 100).toPrecision(12))}` : '';
  return `${name} is a fraction from ${range.min} to ${range.max}${advice}`;
}

function both(left: ASTNode, right: ASTNode): Truth {
  const [first, second] = [truthOf(left), truthOf(right)];
  if (first === false || second === false) return false;
  return first === true && second === true ? true : undefined;
}

type Comparison = Extract<ASTNode, { readonly op: '>' | '>=' | '<' | '<=' | '==' | '!=' }>;

function isComparison(node: ASTNode): node is Comparison {
  return ['>', '>=', '<', '<=', '==', '!='].includes(node.op);
}

function compared(left: Range | undefined, op: Comparison['op'], right: Range | undefined): Truth {
  if (left === undefined || right === undefined) return undefined;
  switch (op) {
    case '>':
      return compared(right, '<', left);
    case '>=':
      return compared(right, '<=', left);
    case '<':
      return left.max < right.min ? true : left.min >= right.max ? false : undefined;
    case '<=':
      return left.max <= right.min ? true : left.min > right.max ? false : undefined;
    case '==': {
      if (left.max < right.min || right.max < left.min) return false;
      return left.min === left.max && right.min === right.max ? true : undefined;
    }
    case '!=': {
      const isEqual = compared(left, '==', right);
      return isEqual === undefined ? undefined : !isEqual;
    }
  }
}

/** The values that an expression of numbers can have; undefined: any, or it is no number. */
function rangeOf(node: ASTNode): Range | undefined {
  switch (node.op) {
    case 'value': {
      if (typeof node.args !== 'bigint' && typeof node.args !== 'number') return undefined;
      const value = Number(node.args);
      return { min: value, max: value };
    }
    case 'id':
      return RANGES.get(node.args);
    case '.':
    case '[]':
      return isCountOfClass(node) ? { min: 0, max: Infinity } : undefined;
    case '-_': {
      const range = rangeOf(node.args);
      return range && { min: -range.max, max: -range.min };
    }
    case '*': {
      const [left, right] = node.args.map(rangeOf);
      return left && right && times(left, right);
    }
    case 'call':
      return node.args[0] === 'double' && node.args[1].length === 1 && node.args[1][0] !== undefined
        ? rangeOf(node.args[1][0])
        : undefined;
    default:
      return undefined;
  }
}

function times(left: Range, right: Range): Range | undefined {
  const corners = [left.min * right.min, left.min * right.max, left.max * right.min, left.max * right.max];
  return corners.some(Number.isNaN) ? undefined : { min: Math.min(...corners), max: Math.max(...corners) };
}

function isCountOfClass({ args: [map] }: Extract<ASTNode, { readonly op: '.' | '[]' }>): boolean {
  return map.op === 'id' && map.args === 'defects';
}

function nameOf(node: ASTNode): string | undefined {
  return node.op === 'id' ? node.args : undefined;
}

/** Bounds on one number that no value of it meets all at once: `area > 0.5 && area < 0.3`. */
function isContradiction(conjunction: ASTNode): boolean {
  const bounds = new Map<string, { min: number; max: number }>();
  for (const part of conjunctsOf(conjunction)) {
    const bound = boundIn(part);
    if (bound === undefined) continue;
    const { name, op, value } = bound;
    const range = bounds.get(name) ?? { min: -Infinity, max: Infinity };
    if (op !== '<' && op !== '<=') range.min = Math.max(range.min, value);
    if (op !== '>' && op !== '>=') range.max = Math.min(range.max, value);
    bounds.set(name, range);
    if (range.min > range.max) return true;
  }
  return false;
}

function conjunctsOf(node: ASTNode): readonly ASTNode[] {
  return node.op === '&&' ? node.args.flatMap(conjunctsOf) : [node];
}

const MIRRORED = { '>': '<', '>=': '<=', '<': '>', '<=': '>=', '==': '==' } as const;

/** A measure against a number. */
function boundIn(node: ASTNode): { name: string; op: keyof typeof MIRRORED; value: number } | undefined {
  if (!isComparison(node) || node.op === '!=') return undefined;
  const [left, right] = node.args;
  const [name, op, other] =
    nameOf(left) === undefined ? [nameOf(right), MIRRORED[node.op], left] : [nameOf(left), node.op, right];
  const range = rangeOf(other);
  if (name === undefined || !RANGES.has(name) || range === undefined || range.min !== range.max) return undefined;
  return { name, op, value: range.min };
}
