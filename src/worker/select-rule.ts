/** A rule in SQL as functions. Loaded when the first such rule is: the parser has its size. */
import type { RuleResult } from '../domain/inspection.js';
import type { RuleSpec, SelectRule } from '../domain/rule.js';
import { ownMemory, type PayloadMemory } from '../payload/join-parts.js';
import { parseStreamStatement } from '../sql/parse.js';
import { compileSelect, type Judgement, type SelectPlan } from '../sql/select-plan.js';
import { EvaluationError, SqlError } from '../sql/sql-error.js';
import { ServiceError } from '../std/errors.js';
import { rowTopicFault } from '../topics/row-topic.js';
import { createRowResults, errorResults, mapOf } from './row-results.js';
import { PictureRow, type RowSource } from './row-source.js';

export interface SelectJudge {
  /** Whether the picture with what was found must be drawn, and when. */
  readonly picture: SelectPlan['picture'];
  /**
   * Undefined: the condition does not hold. What it gives makes the results, once the picture is drawn.
   * @param drawn where the condition itself looks at the picture
   * @throws {ServiceError} ERR_PREDICATE with eKuiper's sentence as `reason` in its details; ERR_RESULT_REFUSED
   */
  match(source: RowSource, drawn?: Uint8Array): SelectMatch | undefined;
  /** What is published of an error that there was instead. */
  tell(reason: string): readonly RuleResult[];
}

export type SelectMatch = (ok: boolean, drawn?: Uint8Array) => readonly RuleResult[];

/**
 * @param classes that the model counts, [] when it counts none; undefined: the rule has no model
 * @throws {ServiceError} ERR_CONFIG when it is no statement that can be had here, or names a class that the model does not have
 */
export function compileSelectRule(
  { id, stream, select }: RuleSpec & { readonly select: SelectRule },
  memory: PayloadMemory = ownMemory,
  classes?: readonly string[],
): SelectJudge {
  const plan = compiled(id, () => {
    const { sql, streamSql, functions } = select;
    const statement = streamSql === '' ? undefined : parseStreamStatement(streamSql);
    const fields = statement?.kind === 'create' ? statement.fields : [];
    return compileSelect(sql, { functions: new Set(functions), streams: new Map([[stream, fields]]), classes });
  });
  for (const action of select.actions) {
    const fault = action.kind === 'mqtt' ? rowTopicFault(action.topic) : undefined;
    if (fault === undefined || action.kind !== 'mqtt') continue;
    const text = `Cannot compile rule ${id} as the topic of an action ${fault}: ${action.topic}`;
    throw new ServiceError('ERR_CONFIG', text, { details: { rule: id, reason: fault } });
  }
  const results = createRowResults(id, select.actions, memory);
  return {
    picture: plan.picture,
    tell: (reason) => errorResults(id, select, reason),
    match(source, drawnBefore) {
      const row = new PictureRow(source, id);
      row.drawn = drawnBefore;
      const judgement: Judgement = plan.judge(row);
      if (!evaluated(select, () => judgement.holds())) return undefined;
      return (ok, drawn) => {
        row.drawn ??= drawn;
        return evaluated(select, () => results(mapOf(judgement.columns()), ok));
      };
    },
  };
}

function compiled(id: string, compile: () => SelectPlan): SelectPlan {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new ServiceError('ERR_CONFIG', `Cannot compile rule ${id} as its SQL must be valid: ${error.message}`, {
      cause: error,
      details: { rule: id, reason: error.message },
    });
  }
}

const EXCERPT = 200;

function evaluated<T>({ sql }: SelectRule, evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const { message: reason } = error;
    const text = sql.length <= EXCERPT ? sql : `${sql.slice(0, EXCERPT)}…`;
    throw new ServiceError('ERR_PREDICATE', `Cannot judge the message as ${reason}: ${text}`, { details: { reason } });
  }
}
