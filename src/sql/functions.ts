/** The functions of eKuiper that a rule can call: what they take, checked when the rule is made, and what they give. */
import { randomUUID } from 'node:crypto';
import type { Expression } from './ast.js';
import { castTo, isCastType } from './cast.js';
import { compileJsonPath } from './json-path.js';
import { EvaluationError, SqlError } from './sql-error.js';
import { isList, isMap, LazyText, printed, typeName, type Value } from './values.js';

/** What a function can know beside its arguments. */
export interface CallContext {
  readonly rule: string;
  readonly now: () => Date;
}

export interface SqlFunction {
  /** @throws {SqlError} for arguments that it can never take */
  check(args: readonly Expression[]): void;
  /** @throws {EvaluationError} */
  call(args: readonly Value[], context: CallContext): Value;
}

type Kind = 'integer' | 'float' | 'text' | 'boolean';

export const FUNCTIONS: Readonly<Record<string, SqlFunction>> = {
  abs: {
    check: one(aNumber),
    call: ofNumber((value) => (typeof value === 'bigint' ? absolute(value) : Math.abs(value))),
  },
  round: {
    check(args) {
      if (args.length !== 1 && args.length !== 2) throw new SqlError('Expect 1 or 2 arguments only');
      aNumber(args, 0);
    },
    call: ofNumber((value, places) => round(Number(value), places === undefined ? 0 : Math.trunc(Number(places)))),
  },
  length: { check: one(() => undefined), call: ([value = null]) => BigInt(lengthOf(value)) },
  upper: { check: one(aText), call: ofText((text) => text.toUpperCase()) },
  lower: { check: one(aText), call: ofText((text) => text.toLowerCase()) },
  concat: {
    check(args) {
      atLeastOne(args);
      for (const index of args.keys()) aText(args, index);
    },
    call: (values) => values.map((value) => (value === null ? '' : printed(value))).join(''),
  },
  coalesce: { check: atLeastOne, call: (values) => values.find((value) => value !== null) ?? null },
  isnull: { check: one(() => undefined), call: ([value = null]) => value === null },
  cast: {
    check(args) {
      count(args, 2);
      const [, type] = args;
      if (type?.kind !== 'text') throw wrongType(1, 'string');
      if (type.value === 'datetime') throw new SqlError('cast to datetime is not supported');
      if (!isCastType(type.value)) throw new SqlError(CAST_TYPES);
    },
    call: ([value = null, type = null]) => castTo(value, String(type)),
  },
  now: {
    check(args) {
      if (args.length > 1) throw new SqlError('too many arguments');
      const [places] = args;
      if (places !== undefined && !(places.kind === 'integer' && places.value >= 0n && places.value <= 6n)) {
        throw wrongType(0, 'int');
      }
    },
    call: ([places = 0n], { now }) => localTime(now(), Number(places)),
  },
  newuuid: { check: (args) => count(args, 0), call: () => randomUUID() },
  rule_id: { check: (args) => count(args, 0), call: (_, { rule }) => rule },
  json_path_query_first: {
    check(args) {
      count(args, 2);
      const [, path] = args;
      if (path?.kind !== 'text') throw wrongType(1, 'string');
      compileJsonPath(path.value);
    },
    call([value = null, path = null]) {
      const { isMany, query } = compileJsonPath(String(path));
      const [first] = query(value);
      if (first === undefined) throw new EvaluationError(`unknown key in the JSON path ${path}`);
      if (!isMany && !isList(first)) throw new EvaluationError(`query result (${printed(first)}) is not an array`);
      return isMany ? first : ((first as readonly Value[])[0] ?? null);
    },
  },
};

const CAST_TYPES = 'Expect one of following value for the 2nd parameter: bigint, float, string, boolean, datetime.';

/** Functions of eKuiper that see more than one message. */
const OF_SEVERAL: ReadonlySet<string> = new Set([
  ...['avg', 'count', 'max', 'min', 'sum', 'collect', 'merge_agg', 'deduplicate', 'last_value', 'last_agg_hit_count'],
  ...['stddev', 'stddevs', 'var', 'vars', 'percentile', 'percentile_cont', 'percentile_disc', 'last_agg_hit_time'],
  ...[
    'lag',
    'latest',
    'changed_col',
    'changed_cols',
    'had_changed',
    'acc_avg',
    'acc_count',
    'acc_max',
    'acc_min',
    'acc_sum',
  ],
  ...[
    'tumblingwindow',
    'hoppingwindow',
    'sessionwindow',
    'slidingwindow',
    'countwindow',
    'dedup_trigger',
    'row_number',
  ],
  ...['window_start', 'window_end', 'window_trigger', 'unnest', 'lead', 'rank', 'dense_rank'],
]);

/** Why there is no function of this name here. */
export function noFunction(name: string): SqlError {
  return OF_SEVERAL.has(name.toLowerCase())
    ? new SqlError(`function ${name} is not supported: a rule judges one message at a time`)
    : new SqlError(`function ${name} not found`);
}

function one(check: (args: readonly Expression[], index: number) => void): SqlFunction['check'] {
  return (args) => {
    count(args, 1);
    check(args, 0);
  };
}

export function count(args: readonly unknown[], expected: number): void {
  if (args.length !== expected) throw new SqlError(`Expect ${expected} arguments but found ${args.length}.`);
}

function atLeastOne(args: readonly Expression[]): void {
  if (args.length === 0) throw new SqlError('The arguments should be at least one.');
}

function aNumber(args: readonly Expression[], index: number): void {
  if (isA(args[index], ['text', 'boolean'])) throw wrongType(index, 'number - float or int');
}

function aText(args: readonly Expression[], index: number): void {
  if (isA(args[index], ['integer', 'float', 'boolean'])) throw wrongType(index, 'string');
}

/** Only what stands there as a value can be told to be wrong. */
function isA(arg: Expression | undefined, kinds: readonly Kind[]): boolean {
  return kinds.some((kind) => arg?.kind === kind);
}

function wrongType(index: number, expected: string): SqlError {
  return new SqlError(`Expect ${expected} type for parameter ${index + 1}`);
}

function ofNumber(make: (value: number | bigint, second?: Value) => Value): SqlFunction['call'] {
  return ([value = null, second]) => {
    if (value === null) return null;
    if (typeof value === 'number' || typeof value === 'bigint') return make(value, second);
    throw new EvaluationError(`cannot convert ${typeName(value)}(${printed(value).slice(0, 200)}) to float64`);
  };
}

function ofText(make: (text: string) => string): SqlFunction['call'] {
  return ([value = null]) => (value === null ? null : make(printed(value)));
}

function absolute(value: bigint): bigint {
  return BigInt.asIntN(64, value < 0n ? -value : value);
}

/** Half away from zero. */
function round(value: number, places: number): number {
  const factor = 10 ** places;
  const scaled = value * factor;
  if (!Number.isFinite(scaled) || factor === 0) return value;
  return (Math.sign(scaled) * roundHalfUp(Math.abs(scaled))) / factor;
}

function roundHalfUp(value: number): number {
  const whole = Math.floor(value);
  return value - whole >= 0.5 ? whole + 1 : whole;
}

function lengthOf(value: Value): number {
  if (value === null) return 0;
  if (isList(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  let length = 0;
  for (const _ of value instanceof LazyText ? value.toString() : printed(value)) length += 1;
  return length;
}

/** `2026-11-30 08:00:00.123`, in the time of the machine. */
function localTime(time: Date, places: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const fraction = `${String(time.getMilliseconds()).padStart(3, '0')}000`.slice(0, places);
  return `${date} ${clock}${fraction === '' ? '' : `.${fraction}`}`;
}
