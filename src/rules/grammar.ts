/** What of CEL a predicate may use, and what can be told from its tree. */
import { type ASTNode, type Environment, EvaluationError, ParseError, serialize } from '@marcbachmann/cel-js';
import { messageOf } from '../std/errors.js';
import { nearest } from '../std/nearest-name.js';
import { sqlFunctionAdvice } from './sql-words.js';
import { checkZone } from './times.js';

/**
 * An allow-list, so that a new version of the library opens nothing. Left out on purpose: `matches` (a regular
 * expression can take exponential time), the macros `all`, `exists`, `exists_one`, `map`, `filter` and `cel.bind`
 * (loops over loops), `join` (text that multiplies at each call), and bytes.
 */
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...['has', 'size', 'int', 'uint', 'double', 'string', 'bool', 'dyn', 'type'],
  ...['startsWith', 'endsWith', 'contains', 'indexOf', 'lastIndexOf', 'substring', 'split'],
  ...['lowerAscii', 'upperAscii', 'trim'],
  ...['timestamp', 'duration', 'getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear'],
  ...['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'],
]);

/** cel-js reads a duration in cubic time, of a thousand digits for seconds: so none of a message, and none that is long. */
const LITERAL_ONLY = 'duration';
const MAX_LITERAL_CHARACTERS = 32;

/** @throws {ParseError} at the first function that is not allowed, or not on what it is given. */
export function checkGrammar(ast: ASTNode): void {
  for (const node of nodesOf(ast)) {
    if (node.op !== 'call' && node.op !== 'rcall') continue;
    const [name] = node.args;
    if (!FUNCTIONS.has(name)) {
      const instead = sqlFunctionAdvice(name);
      const advice = instead === undefined ? '' : `: write ${instead}`;
      throw new ParseError(`${name}() is not a function of predicates${advice}`, node);
    }
    if (name === LITERAL_ONLY && !(node.op === 'call' && node.args[1].every(isShortLiteral))) {
      throw new ParseError(`${name}() takes a text of at most ${MAX_LITERAL_CHARACTERS} characters as it stands`, node);
    }
  }
}

function isShortLiteral({ op, args }: ASTNode): boolean {
  return op === 'value' && typeof args === 'string' && args.length <= MAX_LITERAL_CHARACTERS;
}

/** @throws {ParseError} at the first `defects` without classes, and at the first name that is none of them */
export function checkClasses(ast: ASTNode, classes: readonly string[]): void {
  for (const node of nodesOf(ast)) {
    const isLookUp = node.op === '.' || node.op === '[]';
    const name = isLookUp ? classNamed(node) : undefined;
    if (classes.length === 0 && (name !== undefined || isDefects(node))) {
      throw new ParseError('the model has no classes, so it has no defects by name', isLookUp ? node.args[0] : node);
    }
    if (!isLookUp) continue;
    if (name === undefined || classes.includes(name)) continue;
    const near = nearest(name, classes);
    const hint = near === undefined ? `known: ${classes.join(', ')}` : `did you mean ${near}?`;
    throw new ParseError(`the model has no class ${JSON.stringify(name)} (${hint})`, node.args[0]);
  }
}

/** Functions whose answer is known at once where their argument stands in the text. */
const CONVERSIONS = /^(timestamp_?|duration|int|uint|double|bool)$/;

/**
 * What would fail on every message: a time zone, a date or a number that stands in the predicate and is none.
 * @throws {ParseError}
 */
export function checkConstants(environment: Environment, ast: ASTNode): void {
  for (const node of nodesOf(ast)) {
    try {
      if (node.op === 'call' && CONVERSIONS.test(node.args[0]) && node.args[1].every(isLiteral)) {
        environment.parse(serialize(node))({});
      }
      const zone = node.op === 'rcall' ? zoneOf(node) : undefined;
      if (zone !== undefined) checkZone(zone);
    } catch (error) {
      throw new ParseError(error instanceof EvaluationError ? error.summary : messageOf(error), node);
    }
  }
}

function isLiteral({ op }: ASTNode): boolean {
  return op === 'value';
}

/** The zone that stands in a call of a part of a timestamp. */
function zoneOf({ args: [name, , [zone]] }: Extract<ASTNode, { readonly op: 'rcall' }>): string | undefined {
  return name.startsWith('get') && zone?.op === 'value' && typeof zone.args === 'string' ? zone.args : undefined;
}

/** The class in `defects.crack` and `defects["crack"]`. */
function classNamed({ args: [map, index] }: Extract<ASTNode, { readonly op: '.' | '[]' }>): string | undefined {
  if (!isDefects(map)) return undefined;
  if (typeof index === 'string') return index;
  return index.op === 'value' && typeof index.args === 'string' ? index.args : undefined;
}

function isDefects(node: ASTNode): boolean {
  return node.op === 'id' && node.args === 'defects';
}

/** The identifiers in the tree, each once. */
export function variablesOf(ast: ASTNode): readonly string[] {
  return [...new Set(nodesOf(ast).flatMap((node) => (node.op === 'id' ? [node.args] : [])))];
}

/** The node and all below it. */
export function nodesOf(ast: ASTNode): readonly ASTNode[] {
  return [ast, ...nodesIn(ast.args)];
}

function nodesIn(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return isNode(args) ? nodesOf(args) : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
