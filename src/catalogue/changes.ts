/** What differs between two versions of the rules. */
import { isDeepStrictEqual } from 'node:util';
import { type RuleSpec, ruleKey } from '../domain/rule.js';

export interface RuleChanges {
  /** The rules of the new version: those that are as they were keep their version number. */
  readonly rules: readonly RuleSpec[];
  readonly added: readonly RuleSpec[];
  readonly changed: readonly RuleSpec[];
  readonly dropped: readonly RuleSpec[];
}

/** @param nextVersion a number that no rule of this id has had yet */
export function compareRules(
  before: readonly RuleSpec[],
  after: readonly RuleSpec[],
  nextVersion: (id: string) => number,
): RuleChanges {
  const former = new Map(before.map((rule) => [rule.id, rule]));
  const added: RuleSpec[] = [];
  const changed: RuleSpec[] = [];
  const rules = after.map((rule) => {
    const old = former.get(rule.id);
    if (old !== undefined && isDeepStrictEqual(withoutVersion(old), withoutVersion(rule))) return old;
    const fresh = { ...rule, version: nextVersion(rule.id) };
    (old === undefined ? added : changed).push(fresh);
    return fresh;
  });
  const ids = new Set(after.map(({ id }) => id));
  return { rules, added, changed, dropped: before.filter(({ id }) => !ids.has(id)) };
}

function withoutVersion({ version: _, ...rule }: RuleSpec): Omit<RuleSpec, 'version'> {
  return rule;
}

/** Rules that are in the first list and not, in this version, in the second. */
export function rulesWithout(rules: readonly RuleSpec[], others: readonly RuleSpec[]): readonly RuleSpec[] {
  const keys = new Set(others.map(ruleKey));
  return rules.filter((rule) => !keys.has(ruleKey(rule)));
}
