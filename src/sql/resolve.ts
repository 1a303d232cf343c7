/** What the names of a statement mean, and what of a model's function is asked for. */
import type { Expression, Field, RightSide, Select } from './ast.js';
import { count } from './functions.js';
import type { ModelFunctions } from './parse.js';
import { SqlError } from './sql-error.js';

/** The call of a model's function. */
export interface Inference {
  readonly name: string;
  /** The column with the picture. */
  readonly image: string;
}

/** What the function gives as a picture: only for this one is a picture drawn. */
export const PICTURE = 'base64';

/** Every `a.b` whose `a` is no stream of the statement becomes the path `a->b`. */
export function withPaths(select: Select): Select {
  const streams = [select.stream, select.alias ?? select.stream];
  const rewrite = (expression: RightSide): RightSide => mapChildren(expression, rewrite, asPath);
  const asPath = (expression: Expression): Expression => {
    if (expression.kind !== 'column' || expression.stream === undefined) return expression;
    if (streams.includes(expression.stream)) return { ...expression, stream: select.stream };
    const { stream: name } = expression;
    const right = { kind: 'member', name: expression.name } as const;
    return { kind: 'binary', op: '->', left: { kind: 'column', name }, right };
  };
  return {
    ...select,
    fields: select.fields.map((field) =>
      field.kind === 'all' ? field : { ...field, expression: rewrite(field.expression) as Expression },
    ),
    where: select.where && (rewrite(select.where) as Expression),
  };
}

function mapChildren(
  expression: RightSide,
  map: (child: RightSide) => RightSide,
  own: (expression: Expression) => Expression,
): RightSide {
  const of = (child: Expression) => map(child) as Expression;
  switch (expression.kind) {
    case 'paren':
      return { ...expression, expression: of(expression.expression) };
    case 'binary':
      return { ...expression, left: of(expression.left), right: map(expression.right) };
    case 'call':
      return { ...expression, args: expression.args.map((arg) => (arg.kind === 'all' ? arg : of(arg))) };
    case 'case': {
      const { value, otherwise } = expression;
      const clauses = expression.clauses.map(({ when, result }) => ({ when: of(when), result: of(result) }));
      return {
        ...expression,
        clauses,
        ...(value && { value: of(value) }),
        ...(otherwise && { otherwise: of(otherwise) }),
      };
    }
    case 'index':
      return { ...expression, at: of(expression.at) };
    case 'slice': {
      const { from, to } = expression;
      return { ...expression, ...(from && { from: of(from) }), ...(to && { to: of(to) }) };
    }
    case 'list':
      return { ...expression, items: expression.items.map(of) };
    case 'bounds':
      return { ...expression, low: of(expression.low), high: of(expression.high) };
    case 'member':
      return expression;
    default:
      return own(expression);
  }
}

/** An expression and everything in it. */
export function* partsOf(expression: RightSide): Generator<RightSide> {
  yield expression;
  const children: RightSide[] = [];
  mapChildren(
    expression,
    (child) => {
      children.push(child);
      return child;
    },
    (own) => own,
  );
  for (const child of children) yield* partsOf(child);
}

/** The expressions of a statement, its condition last. */
export function expressionsOf({ fields, where }: Select): readonly Expression[] {
  return [...fields.flatMap((field) => (field.kind === 'all' ? [] : [field.expression])), ...(where ? [where] : [])];
}

/**
 * The one function of a model that a statement calls, however often.
 * @throws {SqlError} for calls of two, or with other arguments than one column
 */
export function inferenceOf(select: Select, models: ModelFunctions): Inference | undefined {
  let found: Inference | undefined;
  for (const part of expressionsOf(select).flatMap((expression) => [...partsOf(expression)])) {
    if (part.kind !== 'call' || !models.has(part.name)) continue;
    const [image] = part.args;
    if (part.args.length !== 1 || image?.kind !== 'column') {
      const reason = part.args.length === 1 ? 'its argument must be a column' : 'invalid arg length';
      const state = `validate return state is false, got &{State:false Result:${reason}}`;
      throw new SqlError(`validate function ${part.name} error: ${state}`);
    }
    found ??= { name: part.name, image: image.name };
    if (found.name !== part.name) {
      throw new SqlError(`functions ${found.name} and ${part.name} in one rule are not supported: it has one model`);
    }
    if (found.image !== image.name) {
      throw new SqlError(
        `function ${part.name} of two columns in one rule is not supported: a message has one picture`,
      );
    }
  }
  return found;
}

/** @throws {SqlError} for arguments other than `topic` */
export function checkMeta(expression: Expression): void {
  for (const part of partsOf(expression)) {
    if (part.kind !== 'call' || (part.name !== 'meta' && part.name !== 'mqtt')) continue;
    count(part.args, 1);
    const [arg] = part.args;
    if (arg?.kind !== 'column') throw new SqlError('Expect meta reference type for parameter 1');
    if (arg.name.toLowerCase() !== 'topic')
      throw new SqlError(`${part.name}(${arg.name}) is not supported: only topic is`);
  }
}

export type NamedField = Extract<Field, { kind: 'field' }> & { readonly alias: string };

/** @throws {SqlError} for an alias that is given twice, or that leads back to itself */
export function aliasesOf({ fields }: Select): ReadonlyMap<string, NamedField> {
  const aliases = new Map<string, NamedField>();
  for (const field of fields) {
    if (field.kind !== 'field' || field.alias === null) continue;
    if (aliases.has(field.alias)) throw new SqlError(`duplicate alias ${field.alias}`);
    aliases.set(field.alias, { ...field, alias: field.alias });
  }
  const checked = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const field = aliases.get(name);
    if (field === undefined || checked.has(name)) return;
    if (path.includes(name)) throw new SqlError(`alias ${name} is defined by itself`);
    for (const other of columnsOf(field.expression)) if (other !== name) visit(other, [...path, name]);
    checked.add(name);
  };
  for (const name of aliases.keys()) visit(name, []);
  return aliases;
}

/** Names that can be columns or aliases; what `meta` is asked for is neither. */
function columnsOf(expression: RightSide): string[] {
  if (expression.kind === 'call' && (expression.name === 'meta' || expression.name === 'mqtt')) return [];
  if (expression.kind === 'column') return [expression.name];
  const names: string[] = [];
  mapChildren(
    expression,
    (child) => {
      names.push(...columnsOf(child));
      return child;
    },
    (own) => own,
  );
  return names;
}

/** The columns of the message that a statement reads, beside those of `*`. */
export function columnsRead(select: Select, aliases: ReadonlyMap<string, NamedField>): ReadonlySet<string> {
  const names = expressionsOf(select).flatMap((expression) => {
    const own = [...aliases.values()].find((field) => field.expression === expression)?.alias;
    return columnsOf(expression).filter((name) => name === own || !aliases.has(name));
  });
  return new Set(names);
}

/** Whether the value of an expression can hold the picture of the model's function. */
export function needsPicture(
  expression: RightSide,
  inference: Inference | undefined,
  aliases: ReadonlyMap<string, NamedField>,
): boolean {
  if (inference === undefined) return false;
  const of = (child: RightSide): boolean => {
    if (child.kind === 'call' && child.name === inference.name) return true;
    if (child.kind === 'column') {
      const alias = child.stream === undefined ? aliases.get(child.name) : undefined;
      return alias !== undefined && alias.expression !== child && !isItself(alias) && of(alias.expression);
    }
    if (child.kind === 'binary' && child.op === '->' && child.right.kind === 'member' && isCall(child.left)) {
      return child.right.name === PICTURE;
    }
    let isNeeded = false;
    mapChildren(
      child,
      (inner) => {
        isNeeded ||= of(inner);
        return inner;
      },
      (own) => own,
    );
    return isNeeded;
  };
  const isCall = (left: Expression): boolean => {
    if (left.kind === 'paren') return isCall(left.expression);
    if (left.kind === 'call') return left.name === inference.name;
    const alias = left.kind === 'column' && left.stream === undefined ? aliases.get(left.name) : undefined;
    return alias !== undefined && !isItself(alias) && isCall(alias.expression);
  };
  return of(expression);
}

/** `a as a`, `upper(a) as a`: what it names is the column. */
export function isItself({ alias, expression }: NamedField): boolean {
  return columnsOf(expression).includes(alias);
}
