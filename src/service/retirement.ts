/**
 * What becomes of former versions of the catalogue: each goes when the one before it has gone and no picture is judged by
 * it any more, so that nothing is taken from the workers that a picture of any of them still needs.
 */
import { isDeepStrictEqual } from 'node:util';
import { type RuleChanges, rulesWithout } from '../catalogue/catalogue.js';
import { type RuleSpec, ruleKey } from '../domain/rule.js';
import type { Log } from '../std/logger.js';
import { settlesWithin } from '../std/promises.js';
import { type Connections, sinksOfRule } from './connections.js';
import type { InspectionPool } from './inspection-pool.js';
import type { LiveCatalogue } from './live-catalogue.js';

export interface RetirementParts {
  readonly workers: Pick<InspectionPool, 'removeModel' | 'pool'>;
  readonly connections: Pick<Connections, 'dropSinks'>;
  readonly log: Log;
  /** The version that judges the pictures that come now. */
  readonly current: () => LiveCatalogue;
}

/** The version that took over from another one. */
export interface Successor {
  readonly changes: RuleChanges;
  readonly modelKeys: ReadonlyMap<string, string>;
}

/** @returns what to call when another version has taken over from `former` */
export function createRetirement({ workers, connections, log, current }: RetirementParts) {
  const retiring = new Set<LiveCatalogue>();
  let last = Promise.resolve();

  /** Gives up what dropped rules, and rules whose results go elsewhere now, still have open after a while. */
  async function giveUp(former: LiveCatalogue, { changes }: Successor, isUnused: Promise<void>): Promise<void> {
    const moved = changes.changed.filter((rule) => differs(former.rules, rule, ({ stream }) => stream));
    const dropped = [...changes.dropped, ...moved].map(({ id }) => id);
    const redirected = changes.changed
      .filter((rule) => !moved.includes(rule) && differs(former.rules, rule, sinksOfRule))
      .map(({ id }) => id);
    if (dropped.length + redirected.length === 0) return;
    const before = [...retiring];
    if (await settlesWithin(isUnused, former.config.shutdown.timeoutMs)) return;
    for (const version of before) {
      version.stopRules(dropped);
      version.supersedeRules(redirected);
    }
  }

  async function cleanUp(former: LiveCatalogue, { changes, modelKeys }: Successor): Promise<void> {
    const keys = new Set(modelKeys.values());
    for (const [id, key] of former.modelKeys) {
      const own = former.rules.filter((rule) => rule.model === id);
      if (!keys.has(key)) await workers.removeModel(key);
      else await workers.pool.dropRules(key, rulesWithout(own, changes.rules).map(ruleKey));
    }
    const used = [current(), ...retiring].flatMap(({ config, rules }) =>
      config.sinks.filter(({ key }) => rules.some((rule) => sinksOfRule(rule).includes(key))),
    );
    await connections.dropSinks(new Set(used.map((sink) => sink.key)));
  }

  return (former: LiveCatalogue, successor: Successor): void => {
    retiring.add(former);
    const before = last;
    const isUnused = Promise.all([before, former.retire()]).then(() => undefined);
    void giveUp(former, successor, isUnused);
    last = isUnused
      .then(() => {
        retiring.delete(former);
        return cleanUp(former, successor);
      })
      .catch((err: unknown) => log.error({ err }, 'what the reload left over stays in memory'));
  };
}

function differs(before: readonly RuleSpec[], rule: RuleSpec, what: (rule: RuleSpec) => unknown): boolean {
  const former = before.find(({ id }) => id === rule.id);
  return former !== undefined && !isDeepStrictEqual(what(former), what(rule));
}
