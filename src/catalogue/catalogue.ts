/**
 * What the service inspects, in one model of the world: streams of pictures, models, and rules that join them. The
 * configuration fills it; each picture is judged by exactly one version of it.
 */

import { isDeepStrictEqual } from 'node:util';
import { type RuleSpec, ruleKey } from '../domain/rule.js';
import type { Precision } from '../engine/engine.js';
import type { PartialModelSettings } from '../model/settings.js';

/** Pictures that come in by some topic filters of the source's broker. */
export interface StreamSpec {
  readonly id: string;
  readonly topics: readonly string[];
}

/** A model as the configuration names it: where it is, what runs it, and what is stronger than what its files say. */
export interface ModelEntry {
  readonly id: string;
  /** Undefined: models/model.xml or .onnx if present, else the shipped model. */
  readonly path?: string;
  readonly device: string;
  readonly precision: Precision;
  /** 0: no more than the first self-test. */
  readonly selfTestIntervalSeconds: number;
  readonly settings: PartialModelSettings;
}

/** Empty only where REST is to fill it. */
export interface Catalogue {
  readonly streams: readonly StreamSpec[];
  readonly models: readonly ModelEntry[];
  readonly rules: readonly RuleSpec[];
}

/** The rules that judge the pictures of a stream, by model: each model inspects a picture once, however many rules ask. */
export function rulesByModel(rules: readonly RuleSpec[], stream: string): ReadonlyMap<string, readonly RuleSpec[]> {
  const byModel = new Map<string, RuleSpec[]>();
  for (const rule of rules) {
    if (rule.stream !== stream) continue;
    const others = byModel.get(rule.model);
    if (others === undefined) byModel.set(rule.model, [rule]);
    else others.push(rule);
  }
  return byModel;
}

/** What differs between two versions of the rules. */
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
