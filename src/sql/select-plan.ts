/** A SELECT, ready to judge messages: which fields it reads, whether it needs a picture, and what it makes of a row. */
import type { Expression, Select, StreamField } from './ast.js';
import { compile, type Evaluate, type Frame, type Scope } from './compile.js';
import { describe } from './describe.js';
import { checkInferencePaths } from './inference-paths.js';
import { excerpt, type ModelFunctions, parseSelect } from './parse.js';
import { compileFields, type PictureNames, pictureNames } from './project.js';
import {
  aliasesOf,
  checkMeta,
  columnsRead,
  expressionsOf,
  type Inference,
  inferenceOf,
  type NamedField,
  needsPicture,
  withPaths,
} from './resolve.js';
import type { Row } from './row.js';
import { withSchema } from './schema.js';
import { EvaluationError, SqlError } from './sql-error.js';
import { foundAt } from './tokens.js';
import { compareTexts, printed, typeName, type Value } from './values.js';

export interface SelectContext {
  /** Names of the functions that models have. */
  readonly functions: ModelFunctions;
  /** Fields of each stream that there is, by name; none: its messages may have any. */
  readonly streams: ReadonlyMap<string, readonly StreamField[]>;
  /** That the model counts, [] when it counts none; absent: not known yet. */
  readonly classes?: readonly string[] | undefined;
}

export interface SelectPlan {
  readonly stream: string;
  /** Undefined: it calls none, and a message needs no picture. */
  readonly inference: Inference | undefined;
  /** Columns of the message that it reads; `readsAll`: every one beside. */
  readonly reads: ReadonlySet<string>;
  readonly readsAll: boolean;
  /** Whether the picture with what was found must be there for the condition, or only for the fields. */
  readonly picture: 'none' | 'fields' | 'where';
  readonly pictures: PictureNames;
  judge(row: Row): Judgement;
  /** eKuiper's plan, one operator a line. */
  explain(): string;
}

/** A row in the light of a statement. An alias is evaluated once for both. */
export interface Judgement {
  /** @throws {EvaluationError} `run Where error: …` */
  holds(): boolean;
  /** @throws {EvaluationError} `run Select error: …` */
  columns(): readonly (readonly [name: string, value: Value])[];
}

/**
 * @throws {SqlError} with eKuiper's sentence: `SQL … is not a select statement.`, `Parse SQL … error: ….`, or, for a
 * stream that there is not, `fail to get stream …` (UnknownStreamError)
 */
export function compileSelect(text: string, { functions, streams, classes }: SelectContext): SelectPlan {
  if (foundAt(text, 0) !== 'SELECT') throw new SqlError(`SQL ${excerpt(text)} is not a select statement.`);
  let select: Select;
  let plan: SelectPlan;
  try {
    select = withPaths(parseSelect(text, functions));
    plan = createPlan(select, functions, { schema: streams.get(select.stream) ?? [], classes });
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new SqlError(`Parse SQL ${excerpt(text)} error: ${error.message}.`);
  }
  if (!streams.has(select.stream)) throw new UnknownStreamError(select.stream);
  return plan;
}

/** The statement is right, but there is no such stream. */
export class UnknownStreamError extends SqlError {
  readonly stream: string;

  constructor(stream: string) {
    super(`fail to get stream ${stream}, please check if stream is created`);
    this.stream = stream;
  }
}

interface Known {
  /** Fields of the stream; none: messages may have any. */
  readonly schema: readonly StreamField[];
  readonly classes: readonly string[] | undefined;
}

function createPlan(select: Select, functions: ModelFunctions, { schema, classes }: Known): SelectPlan {
  for (const expression of expressionsOf(select)) checkMeta(expression);
  const inference = inferenceOf(select, functions);
  const aliases = aliasesOf(select);
  checkInferencePaths(select, { inference, aliases }, classes);
  const scopeOf = createScopes(aliases, inference);
  const where = select.where && compile(select.where, scopeOf());
  const project = compileFields(select, scopeOf);
  const needs = (expression: Expression) => needsPicture(expression, inference, aliases);
  const visible = select.fields.flatMap((field) =>
    field.kind === 'all' || field.isInvisible ? [] : [field.expression],
  );
  return {
    stream: select.stream,
    inference,
    reads: columnsRead(select, aliases),
    readsAll: select.fields.some(({ kind }) => kind === 'all'),
    pictures: pictureNames(select, inference),
    picture: select.where && needs(select.where) ? 'where' : visible.some(needs) ? 'fields' : 'none',
    judge(row) {
      const frame: Frame = { row: schema.length === 0 ? row : withSchema(row, schema), aliases: [] };
      return {
        holds: () => where === null || isTrue(where, frame),
        columns: () => project(frame),
      };
    },
    explain: () => explain(select, aliases),
  };
}

/** What the names mean in an expression, and in that of an alias: there its own name is a column. */
function createScopes(
  aliases: ReadonlyMap<string, NamedField>,
  inference: Inference | undefined,
): (alias?: string) => Scope {
  const evaluations = new Map<string, Evaluate>();
  const model: Evaluate = ({ row }) => row.prediction();
  const scopeOf = (own?: string): Scope => ({
    alias(name) {
      const field = name === own ? undefined : aliases.get(name);
      return field === undefined ? undefined : evaluationOf(field);
    },
    model: (name) => (name === inference?.name ? model : undefined),
  });
  const evaluationOf = (field: NamedField): Evaluate => {
    const known = evaluations.get(field.alias);
    if (known !== undefined) return known;
    const index = evaluations.size;
    let inner: Evaluate | undefined;
    const evaluate: Evaluate = (frame) => {
      const known = frame.aliases[index];
      if (known !== undefined) return known;
      const value = inner?.(frame) ?? null;
      frame.aliases[index] = value;
      return value;
    };
    evaluations.set(field.alias, evaluate);
    inner = compile(field.expression, scopeOf(field.alias));
    return evaluate;
  };
  return scopeOf;
}

function isTrue(where: Evaluate, frame: Frame): boolean {
  try {
    const value = where(frame);
    if (typeof value === 'boolean' || value === null) return value === true;
    throw new EvaluationError(
      `invalid condition that returns non-bool value ${typeName(value)}(${printed(value).slice(0, 200)})`,
    );
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    throw new EvaluationError(`run Where error: ${error.message}`);
  }
}

function explain(select: Select, aliases: ReadonlyMap<string, NamedField>): string {
  const { stream, where } = select;
  const named = [...aliases.values()].map(
    ({ alias, expression }) => `$$alias.${alias},aliasRef:${describe(expression, stream)}`,
  );
  const others = select.fields.flatMap((field) => {
    if (field.kind === 'all') return ['*'];
    return field.alias === null ? [describe(field.expression, stream)] : [];
  });
  const reads = [...columnsRead(select, aliases)].sort(compareTexts);
  const operators = [
    ['ProjectPlan', `Fields:[ ${[...named, ...others].join(', ')} ]`],
    ...(where ? [['FilterPlan', `Condition:{ ${describe(where, stream)} }, `]] : []),
    ['DataSourcePlan', `StreamName: ${stream}${reads.length === 0 ? '' : `, StreamFields:[ ${reads.join(', ')} ]`}`],
  ];
  return operators
    .map(([op, info], index) => `${'\t'.repeat(Math.max(0, 2 * index - 1))}{"op":"${op}_${index}","info":"${info}"}`)
    .join('\n');
}
