/** The fields of a SELECT: what a row has them as, in the order of eKuiper's JSON. */
import type { Expression, Select } from './ast.js';
import { compile, type Evaluate, type Frame, type Scope } from './compile.js';
import { describe } from './describe.js';
import { type Inference, PICTURE } from './resolve.js';
import { EvaluationError } from './sql-error.js';
import { compareTexts, type Value } from './values.js';

interface Column {
  readonly name: string;
  readonly evaluate: Evaluate;
  /** What its error is introduced by. */
  readonly shown: string;
}

/** Columns of the message first, then expressions, then what has an alias: of two with one name the last counts. */
export function compileFields(
  select: Select,
  scopeOf: (alias?: string) => Scope,
): (frame: Frame) => readonly (readonly [string, Value])[] {
  const plain: Column[] = [];
  const made: Column[] = [];
  const named: Column[] = [];
  for (const { name, expression, alias, isInvisible } of namedFields(select)) {
    const isColumn = expression.kind === 'column' && alias === null;
    const evaluate = (alias === null ? undefined : scopeOf().alias(alias)) ?? compile(expression, scopeOf());
    if (isInvisible) continue;
    const described = describe(expression, select.stream);
    const shown = alias === null ? `expr: ${described}` : `alias: ${alias} expr: ${described}`;
    (alias !== null ? named : isColumn ? plain : made).push({ name, evaluate, shown });
  }
  const except = select.fields.map((field) => (field.kind === 'all' ? new Set(field.except) : undefined)).find(Boolean);
  const columns = [...plain, ...made, ...named];
  return (frame) => {
    const values = new Map<string, Value>();
    if (except !== undefined) {
      for (const name of frame.row.names()) if (!except.has(name)) values.set(name, frame.row.column(name));
    }
    for (const { name, evaluate, shown } of columns) {
      const value = evaluated(evaluate, frame, shown);
      if (value !== null) values.set(name, value);
    }
    return [...values].sort(([a], [b]) => compareTexts(a, b));
  };
}

function evaluated(evaluate: Evaluate, frame: Frame, shown: string): Value {
  try {
    return evaluate(frame);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    throw new EvaluationError(`run Select error: ${shown} meet error, err:${error.message}`);
  }
}

/** Fields with the names that they have in a row; what has none is numbered. */
function namedFields({ fields }: Select) {
  let unnamed = 0;
  return fields.flatMap((field) => {
    if (field.kind === 'all') return [];
    const { expression, alias } = field;
    const own = expression.kind === 'column' || expression.kind === 'call' ? expression.name : undefined;
    return [{ ...field, name: alias ?? own ?? `kuiper_field_${unnamed++}` }];
  });
}

/** Names of the fields that are pictures: the one with what was found, and that of the message. */
export interface PictureNames {
  readonly processed?: string;
  readonly original?: string;
}

export function pictureNames(select: Select, inference: Inference | undefined): PictureNames {
  if (inference === undefined) return {};
  const visible = namedFields(select).filter(({ isInvisible }) => !isInvisible);
  const nameOf = (is: (expression: Expression) => boolean) => visible.find(({ expression }) => is(expression))?.name;
  const processed = nameOf(
    (expression) =>
      expression.kind === 'binary' &&
      expression.left.kind === 'call' &&
      expression.left.name === inference.name &&
      expression.right.kind === 'member' &&
      expression.right.name === PICTURE,
  );
  const original = nameOf((expression) => expression.kind === 'column' && expression.name === inference.image);
  return { ...(processed !== undefined && { processed }), ...(original !== undefined && { original }) };
}
