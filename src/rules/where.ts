/**
 * The predicate of a rule: CEL text, compiled once at start into a typed function.
 *
 * The language is CEL (https://github.com/google/cel-spec) without what could take long on a hostile message or text:
 * grammar.ts says what is left out. The variables are the measures with a CEL type and those of MESSAGE_VARIABLES.
 */
import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  EvaluationError,
  ParseError,
} from '@marcbachmann/cel-js';
import type { UserProperty } from '../domain/delivery.js';
import { MEASURE_ROWS, type MeasureRow, type Measures } from '../domain/measures.js';
import { DEFAULT_OK } from '../domain/rule.js';
import { defined } from '../std/defined.js';
import { messageOf, ServiceError } from '../std/errors.js';
import { checkClasses, checkConstants, checkGrammar, nodesOf, variablesOf } from './grammar.js';
import { sqlWordIn } from './sql-words.js';
import { registerTimes, useOwnTimes, withKnownNames } from './times.js';
import { impossibleIn, truthOf } from './truth.js';

/** What a predicate may look at. */
export interface Facts {
  readonly measures: Measures;
  readonly topic: string;
  /** The JSON fields of the message but the picture; `{}` when it was the picture's own bytes. */
  readonly msg: Readonly<Record<string, unknown>>;
  /** User properties of MQTT 5; of a repeated key the last value counts. */
  readonly props: readonly UserProperty[];
}

export interface Predicate {
  readonly source: string;
  /** True when it surely holds for every picture, as `defect >= 0` does. */
  readonly alwaysTrue: boolean;
  /** Present when it surely holds for no picture, as `area > 5.0` does: why, for people. */
  readonly neverTrue?: string;
  /** @throws {ServiceError} ERR_PREDICATE when it fails on these facts: a missing field, types that do not compare. */
  holds(facts: Facts): boolean;
}

export const MAX_WHERE_BYTES = 1024;

interface Variable {
  readonly type: string;
  read(facts: Facts): unknown;
}

/** CEL's int is a BigInt, its double a number, its map a Map (an object's own `constructor` would confuse cel-js). */
const TO_CEL: Readonly<Record<NonNullable<MeasureRow['celType']>, (value: unknown) => unknown>> = {
  int: (value) => BigInt(value as number),
  double: (value) => value,
  'map<string, int>': (value) =>
    new Map(Object.entries((value ?? {}) as Record<string, number>).map(([name, count]) => [name, BigInt(count)])),
};

const MESSAGE_VARIABLES: Readonly<Record<string, Variable>> = {
  topic: { type: 'string', read: ({ topic }) => topic },
  msg: { type: 'map<string, dyn>', read: ({ msg }) => toCel(msg) },
  props: { type: 'map<string, string>', read: ({ props }) => new Map(props) },
};

/** By name: everything that a predicate can look at. */
export const VARIABLES: Readonly<Record<string, Variable>> = { ...measureVariables(), ...MESSAGE_VARIABLES };

function measureVariables(): Record<string, Variable> {
  const variables: Record<string, Variable> = {};
  for (const [name, { celType }] of MEASURE_ROWS) {
    if (celType === undefined) continue;
    const toCelValue = TO_CEL[celType];
    variables[name] = { type: celType, read: ({ measures }) => toCelValue(measures[name]) };
  }
  return variables;
}

/**
 * Whether a picture passes, by the predicate `ok` of a rule. The default is no CEL: every result asks for it.
 * @throws {ServiceError} ERR_CONFIG as compileWhere
 */
export function compileOk(source: string = DEFAULT_OK, classes?: readonly string[]): Pick<Predicate, 'holds'> {
  return source === DEFAULT_OK ? { holds: ({ measures }) => measures.defect === 0 } : compileWhere(source, classes);
}

const LIMITS = { maxAstNodes: 256, maxDepth: 32, maxListElements: 64, maxMapEntries: 16, maxCallArguments: 4 };

/**
 * Compiles `source`. Cheap to call `holds` on: only the variables that the text names are made.
 * @throws {ServiceError} ERR_CONFIG with line, column and reason in `details` when it is not a predicate: syntax,
 * unknown names, types, a result other than bool, or more than the limits allow; or a class that is none of
 * `classes`.
 * @param classes that the model counts, [] when it counts none; undefined: not known yet, any name may be right
 */
export function compileWhere(source: string, classes?: readonly string[]): Predicate {
  if (Buffer.byteLength(source) > MAX_WHERE_BYTES) {
    throw refused(`its text must be <= ${MAX_WHERE_BYTES} bytes`, source, 0);
  }
  const { evaluate, ast, used } = parse(source, classes);
  const readers = used.flatMap((name) => {
    const variable = VARIABLES[name];
    return variable === undefined ? [] : ([[name, variable]] as const);
  });

  const holds = (facts: Facts): boolean => {
    let verdict: unknown;
    try {
      verdict = evaluate(Object.fromEntries(readers.map(([name, variable]) => [name, variable.read(facts)])));
    } catch (error) {
      throw failed(withKnownNames(error instanceof EvaluationError ? error.summary : messageOf(error)), source, error);
    }
    if (typeof verdict !== 'boolean') throw failed('its value must be true or false', source);
    return verdict;
  };
  const truth = truthOf(ast);
  const neverTrue = truth === false ? (impossibleIn(ast) ?? 'its comparisons can never hold') : undefined;
  return { source, alwaysTrue: truth === true, holds, ...defined({ neverTrue }) };
}

interface Parsed {
  evaluate(context: Record<string, unknown>): unknown;
  readonly ast: ASTNode;
  readonly used: readonly string[];
}

function parse(source: string, classes: readonly string[] | undefined): Parsed {
  const environment = createEnvironment();
  const evaluate = parseSyntax(environment, source);
  try {
    checkGrammar(evaluate.ast);
    if (classes !== undefined) checkClasses(evaluate.ast, classes);
    for (const node of nodesOf(evaluate.ast)) useOwnTimes(node);
    checkConstants(environment, evaluate.ast);
    const { valid, type, error } = evaluate.check();
    if (!valid) throw error;
    if (type !== 'bool') {
      const hint = type === 'dyn' ? ' (compare it: msg.flag == true)' : '';
      throw refused(`its value must be bool, not ${type}${hint}`, source, 0);
    }
    return { evaluate, ast: evaluate.ast, used: variablesOf(evaluate.ast) };
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    if (error instanceof ParseError || error instanceof CelTypeError) {
      const word = error.summary.startsWith('Unknown variable') ? sqlWordIn(source) : undefined;
      throw word === undefined
        ? refused(explain(error.summary), source, error.range?.start ?? 0, error)
        : refused(word.reason, source, word.offset, error);
    }
    throw refused(String(error), source, 0, error);
  }
}

/** @throws {ServiceError} ERR_CONFIG; where the text has words of SQL, with what to write for the first */
function parseSyntax(environment: Environment, source: string): ReturnType<Environment['parse']> {
  try {
    return environment.parse(source);
  } catch (error) {
    const word = sqlWordIn(source);
    if (word !== undefined) throw refused(word.reason, source, word.offset, error);
    if (error instanceof ParseError) throw refused(error.summary, source, error.range?.start ?? 0, error);
    throw refused(String(error), source, 0, error);
  }
}

function createEnvironment(): Environment {
  const environment = new Environment({ limits: LIMITS });
  for (const [name, { type }] of Object.entries(VARIABLES)) environment.registerVariable(name, type);
  registerTimes(environment);
  return environment;
}

/**
 * JSON values as CEL sees them: a copy of `root` in which every object is a Map, so that a key like `constructor` or
 * `__proto__` is a key like any other. Lists, texts, booleans and null stay what they are, and numbers are doubles.
 * Not recursive: JSON may be nested deeper than the stack.
 */
export function toCel(root: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const top = new Map<string, unknown>();
  const open: [source: object, copy: Map<string, unknown> | unknown[]][] = [[root, top]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [source, copy] = next;
    for (const [key, value] of Object.entries(source)) {
      let item = value;
      if (typeof value === 'object' && value !== null) {
        const child: Map<string, unknown> | unknown[] = Array.isArray(value) ? [] : new Map();
        open.push([value, child]);
        item = child;
      }
      if (Array.isArray(copy)) copy.push(item);
      else copy.set(key, item);
    }
  }
  return top;
}

/** The library's words, with the remedy of the two faults that everybody meets. */
function explain(librarySummary: string): string {
  const summary = withKnownNames(librarySummary);
  if (/overload: (double \S+ int|int \S+ double)$/.test(summary))
    return `${summary} (a double's number has a point: 0.0)`;
  if (summary.startsWith('Unknown variable')) return `${summary} (known: ${Object.keys(VARIABLES).join(', ')})`;
  return summary;
}

function refused(rule: string, source: string, offset: number, cause?: unknown): ServiceError {
  const before = source.slice(0, offset).split('\n');
  const line = before.length;
  const column = (before.at(-1)?.length ?? 0) + 1;
  const at = line > 1 ? `line ${line}, column ${column}` : `column ${column}`;
  return new ServiceError('ERR_CONFIG', `Cannot compile the predicate at ${at} as ${rule}: ${excerpt(source)}`, {
    cause,
    details: { line, column, reason: rule },
  });
}

function failed(rule: string, source: string, cause?: unknown): ServiceError {
  return new ServiceError('ERR_PREDICATE', `Cannot judge the picture as ${excerpt(rule)}: ${excerpt(source)}`, {
    cause,
  });
}

function excerpt(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
