/** A SELECT of eKuiper → the predicate and the fields of a rule in the file, as far as they can say the same. */
import { MEASURE_ROWS } from '../../domain/measures.js';
import type { Expression, RightSide, Select } from '../../sql/ast.js';

/** What a file cannot say; told to people. */
class Untranslatable extends Error {
  override readonly name = 'Untranslatable';
}

export interface TranslatedSelect {
  /** CEL. */
  readonly where: string;
  /** Entries of `fields` of a rule. */
  readonly fields: readonly string[];
  /** Fields of the message that results are to have: `result.copyFields`. */
  readonly copyFields: readonly string[];
}

/** Fields of what a model's function gives, by what they are called in results. */
const RESULTS: ReadonlyMap<string, string> = new Map([
  ['base64', 'afterProcess'],
  ['inference time', 'inference time'],
  ...MEASURE_ROWS.map(([name]) => [name, name] as const),
]);
/** The type in predicates, of those that predicates know. */
const CEL_TYPES = new Map<string, string | undefined>(MEASURE_ROWS.map(([name, { celType }]) => [name, celType]));
const COMPARED: ReadonlyMap<string, string> = new Map([
  ['=', '=='],
  ['!=', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);
const JOINED: ReadonlyMap<string, string> = new Map([
  ['AND', '&&'],
  ['OR', '||'],
]);

/** @throws {Untranslatable} @param functions names of functions of models @param imageField the field with the picture */
export function translateSelect(select: Select, functions: ReadonlySet<string>, imageField: string): TranslatedSelect {
  const fields: string[] = [];
  const copyFields: string[] = [];
  for (const field of select.fields) {
    if (field.kind === 'all') throw new Untranslatable('SELECT * is not there: a result has the fields that are named');
    if (field.isInvisible) continue;
    const source = fieldOf(field.expression, functions, imageField);
    if (source === undefined) {
      const name = field.expression.kind === 'column' ? field.expression.name : undefined;
      if (name === undefined)
        throw new Untranslatable('a field that is computed is not there: only what a picture or a message has');
      if (field.alias !== null && field.alias !== name)
        throw new Untranslatable(`the field ${name} cannot have another name, ${field.alias}`);
      copyFields.push(name);
    } else fields.push(field.alias === null || field.alias === source ? source : `${source} as ${field.alias}`);
  }
  const where = select.where === null ? 'true' : condition(select.where, functions);
  return { where, fields, copyFields };
}

function fieldOf(expression: Expression, functions: ReadonlySet<string>, imageField: string): string | undefined {
  if (expression.kind === 'column' && expression.name === imageField) return 'origin';
  if (expression.kind === 'call' && (expression.name === 'meta' || expression.name === 'mqtt')) return 'topic';
  const [measure, ...within] = measureOf(expression, functions) ?? [];
  return measure === undefined || within.length > 0 ? undefined : RESULTS.get(measure);
}

/** `inference(image)->defects->scratch`: defects, scratch. */
function measureOf(expression: RightSide, functions: ReadonlySet<string>): readonly string[] | undefined {
  if (expression.kind === 'paren') return measureOf(expression.expression, functions);
  if (expression.kind !== 'binary' || expression.op !== '->' || expression.right.kind !== 'member') return undefined;
  const { left, right } = expression;
  if (left.kind === 'call' && functions.has(left.name)) return [right.name];
  const before = measureOf(left, functions);
  return before && [...before, right.name];
}

/** Counts are whole numbers in CEL, as width and height are. */
function isWhole(side: RightSide, functions: ReadonlySet<string>): boolean {
  const [measure = ''] = measureOf(side, functions) ?? [];
  return /\bint\b/.test(CEL_TYPES.get(measure) ?? '');
}

/** `defect`, `area`, `defects["big dent"]`. */
function measureTerm([measure = '', name]: readonly string[]): string {
  const type = CEL_TYPES.get(measure);
  if (type === undefined) throw new Untranslatable(`a predicate knows no ${measure}`);
  if (type.startsWith('map') !== (name !== undefined))
    throw new Untranslatable(`${measure} is compared ${name === undefined ? 'class by class' : 'as a whole'}`);
  return name === undefined ? measure : `${measure}[${JSON.stringify(name)}]`;
}

function condition(expression: Expression, functions: ReadonlySet<string>): string {
  if (expression.kind === 'paren') return `(${condition(expression.expression, functions)})`;
  if (expression.kind === 'boolean') return String(expression.value);
  if (expression.kind === 'call' && expression.name === 'isnull') {
    const [column] = expression.args;
    if (column?.kind === 'column') return `!has(msg.${nameOf(column.name)})`;
  }
  if (expression.kind !== 'binary') throw new Untranslatable('the condition must compare something');
  const { op, left, right } = expression;
  const joined = JOINED.get(op);
  if (joined !== undefined)
    return `${condition(left, functions)} ${joined} ${condition(right as Expression, functions)}`;
  const text = comparison(op, left, right, functions);
  // In eKuiper a comparison with what is not there is false; in CEL it fails.
  const guards = [...new Set([...fieldsRead(left), ...fieldsRead(right)])].map((field) => `has(${field})`);
  return guards.length === 0 ? text : `(${[...guards, text].join(' && ')})`;
}

function comparison(op: string, left: Expression, right: RightSide, functions: ReadonlySet<string>): string {
  const isCount = isWhole(left, functions) || (right.kind !== 'list' && isWhole(right, functions));
  const of = (side: RightSide) => term(side, functions, isCount);
  const compared = COMPARED.get(op);
  if (compared !== undefined) return `${of(left)} ${compared} ${of(right)}`;
  if (op.endsWith('BETWEEN') && right.kind === 'bounds') {
    const text = `${of(left)} >= ${of(right.low)} && ${of(left)} <= ${of(right.high)}`;
    return op === 'BETWEEN' ? text : `!(${text})`;
  }
  if (op.endsWith('IN') && right.kind === 'list') {
    const text = `${of(left)} in [${right.items.map(of).join(', ')}]`;
    return op === 'IN' ? text : `!(${text})`;
  }
  if (op.endsWith('LIKE') && right.kind === 'text') {
    const text = like(of(left), right.value);
    return op === 'LIKE' ? text : `!${text}`;
  }
  throw new Untranslatable(`${op} with this on its right is not there`);
}

function like(subject: string, pattern: string): string {
  const [, before = '', text = '', after = ''] = /^(%?)([^%_]*)(%?)$/.exec(pattern) ?? [];
  if (text === '' || /[.*+?^${}()|[\]\\]/.test(text))
    throw new Untranslatable(`LIKE ${JSON.stringify(pattern)} is not there: % at an end alone is`);
  if (before === '' && after === '') return `(${subject} == ${JSON.stringify(text)})`;
  const test = before === '' ? 'startsWith' : after === '' ? 'endsWith' : 'contains';
  return `${subject}.${test}(${JSON.stringify(text)})`;
}

/** @param isCount numbers are counts, which CEL has as int; numbers of a message are double */
function term(expression: RightSide, functions: ReadonlySet<string>, isCount: boolean): string {
  switch (expression.kind) {
    case 'paren':
      return `(${term(expression.expression, functions, isCount)})`;
    case 'integer':
      return isCount ? String(expression.value) : `${expression.value}.0`;
    case 'float':
      if (isCount) throw new Untranslatable('a count is compared with a whole number alone');
      return Number.isInteger(expression.value) ? `${expression.value}.0` : String(expression.value);
    case 'text':
      return JSON.stringify(expression.value);
    case 'boolean':
      return String(expression.value);
    case 'column':
      return `msg.${nameOf(expression.name)}`;
    case 'call':
      if (expression.name === 'meta' || expression.name === 'mqtt') return 'topic';
      throw new Untranslatable(`the function ${expression.name} is not there`);
    case 'binary': {
      const measure = measureOf(expression, functions);
      if (measure !== undefined) return measureTerm(measure);
      return path(expression, functions, isCount);
    }
    default:
      throw new Untranslatable('this expression is not there');
  }
}

function path(
  { op, left, right }: Extract<Expression, { kind: 'binary' }>,
  functions: ReadonlySet<string>,
  isCount: boolean,
): string {
  if (op === '->' && right.kind === 'member') return `${term(left, functions, isCount)}.${nameOf(right.name)}`;
  if (['+', '-', '*', '/', '%'].includes(op))
    return `${term(left, functions, isCount)} ${op} ${term(right, functions, isCount)}`;
  throw new Untranslatable(`${op} is not there`);
}

/** Everything of the message that must be there: `msg.o` and `msg.o.x` for `o->x`. What a function is called with is a picture. */
function fieldsRead(expression: RightSide): readonly string[] {
  switch (expression.kind) {
    case 'column':
      return [`msg.${nameOf(expression.name)}`];
    case 'paren':
      return fieldsRead(expression.expression);
    case 'binary': {
      const { op, left, right } = expression;
      const read = fieldsRead(left);
      if (op !== '->' || right.kind !== 'member') return [...read, ...fieldsRead(right)];
      const base = read.at(-1);
      return base === undefined ? [] : [...read, `${base}.${nameOf(right.name)}`];
    }
    case 'list':
      return expression.items.flatMap(fieldsRead);
    case 'bounds':
      return [...fieldsRead(expression.low), ...fieldsRead(expression.high)];
    default:
      return [];
  }
}

function nameOf(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new Untranslatable(`the field ${JSON.stringify(name)} has a name that a predicate cannot write`);
}
