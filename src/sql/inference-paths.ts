/** What of a model's function a statement asks for, by paths: names that no picture can have are told when the rule is made. */
import { MEASURE_ROWS, type MeasureName } from '../domain/measures.js';
import { nearest } from '../std/nearest-name.js';
import type { Expression, RightSide, Select } from './ast.js';
import { expressionsOf, type Inference, isItself, type NamedField, PICTURE, partsOf } from './resolve.js';
import { SqlError } from './sql-error.js';

/** Milliseconds, under the name that the tutorial's function gave it. */
export const INFERENCE_TIME = 'inference time';
const FIELDS: readonly string[] = ['defect', PICTURE, INFERENCE_TIME, ...MEASURE_ROWS.map(([name]) => name)];
/** Fields that have something for each class, by its name. */
const BY_CLASS: readonly string[] = ['defects', 'classes'] satisfies readonly MeasureName[];

/**
 * @param classes that the model counts, [] when it counts none; undefined: not known yet, any name may be right
 * @throws {SqlError} at the first `inference(image)->NAME` that is no field, and at the first class that the model does not have
 */
export function checkInferencePaths(
  select: Select,
  {
    inference,
    aliases,
  }: { readonly inference: Inference | undefined; readonly aliases: ReadonlyMap<string, NamedField> },
  classes: readonly string[] | undefined,
): void {
  if (inference === undefined) return;
  for (const part of expressionsOf(select).flatMap((expression) => [...partsOf(expression)])) {
    const [field, className] = pathOf(part, inference, aliases) ?? [];
    if (field === undefined) continue;
    if (!FIELDS.includes(field))
      throw new SqlError(`function ${inference.name} gives no ${field} (${hint(field, FIELDS)})`);
    if (className === undefined || classes === undefined || !BY_CLASS.includes(field)) continue;
    if (classes.length === 0) throw new SqlError(`the model has no classes, so it has no ${field}->${className}`);
    if (classes.includes(className) || (field === 'classes' && className === 'background')) continue;
    throw new SqlError(`the model has no class ${className} (${hint(className, classes)})`);
  }
}

/** The names after the call, through brackets and aliases; undefined where the expression is something else. */
function pathOf(
  expression: RightSide,
  inference: Inference,
  aliases: ReadonlyMap<string, NamedField>,
): readonly string[] | undefined {
  const of = (inner: Expression): readonly string[] | undefined => pathOf(inner, inference, aliases);
  if (expression.kind === 'paren') return of(expression.expression);
  if (expression.kind === 'call') return expression.name === inference.name ? [] : undefined;
  if (expression.kind === 'column') {
    const alias = expression.stream === undefined ? aliases.get(expression.name) : undefined;
    return alias === undefined || isItself(alias) ? undefined : of(alias.expression);
  }
  if (expression.kind !== 'binary' || expression.op !== '->' || expression.right.kind !== 'member') return undefined;
  const before = of(expression.left);
  return before && [...before, expression.right.name];
}

function hint(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? `known: ${known.join(', ')}` : `did you mean ${near}?`;
}
