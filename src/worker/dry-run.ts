/** A picture that somebody tries: what every rule and a predicate of their own say to it. Nothing of it is published. */

import type { DryRun, DryRunResult, RuleVerdict } from '../domain/inspection.js';
import { compileWhere, type Facts, type Predicate } from '../rules/where.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';

type Judge = Pick<Predicate, 'holds' | 'neverTrue'>;

interface DryRunRule {
  readonly spec: { readonly id: string };
  readonly predicate: Judge;
  /** Whether the picture passes. */
  readonly ok: Pick<Predicate, 'holds'>;
}

type Judged = Pick<DryRunResult, 'rules' | 'where'>;

/**
 * Compiles the dryRun's predicate before any work is done.
 * @throws {ServiceError} ERR_CONFIG as compileWhere
 */
export function prepareDryRun(
  dryRun: DryRun,
  rules: readonly DryRunRule[],
  classes: readonly string[],
): (facts: Facts) => Judged {
  const own = dryRun.where === undefined ? undefined : compileWhere(dryRun.where, classes);
  return (facts) => ({
    rules: rules.map(({ spec, predicate, ok }) => ({ rule: spec.id, ...judge(predicate, facts, ok) })),
    ...(own === undefined ? {} : { where: { source: own.source, ...judge(own, facts) } }),
  });
}

/** A predicate that fails is an answer here, not an end. */
function judge(predicate: Judge, facts: Facts, ok?: DryRunRule['ok']): RuleVerdict {
  try {
    const { neverTrue } = predicate;
    const note = neverTrue === undefined ? undefined : `it holds for no picture, as ${neverTrue}`;
    return { matches: predicate.holds(facts), ...defined({ ok: ok?.holds(facts), note }) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { matches: false, error: error.message };
  }
}
