/** What somebody changed in the running catalogue beside the configuration: rules are stopped, models run in another version. */
import { isDeepStrictEqual } from 'node:util';
import type { Catalogue, ModelEntry } from './catalogue.js';

export interface Adjustments {
  /** Ids of rules that judge nothing for now. */
  readonly stopped: ReadonlySet<string>;
  /** By id of the model. */
  readonly promoted: ReadonlyMap<string, PromotedModel>;
}

/** A version of a model that runs in place of the one that the configuration names. */
export interface PromotedModel {
  readonly entry: ModelEntry;
  /** What the configuration said then: when it says something else, that is taken. */
  readonly insteadOf: ModelEntry;
  /** The number of this version, where it ran before. */
  readonly version?: number;
}

export const NO_ADJUSTMENTS: Adjustments = { stopped: new Set(), promoted: new Map() };

/**
 * The catalogue that runs: without rules that are stopped and streams whose rules all are, with the versions of models that were promoted.
 * A stream that has no rule at all in the configuration stays, as it would without adjustments.
 */
export function adjusted<C extends Catalogue>(given: C, { stopped, promoted }: Adjustments): C {
  const rules = given.rules.filter(({ id }) => !stopped.has(id));
  const isRead = (stream: string) => rules.some((rule) => rule.stream === stream);
  const wasRead = (stream: string) => given.rules.some((rule) => rule.stream === stream);
  return {
    ...given,
    rules,
    streams: given.streams.filter(({ id }) => isRead(id) || !wasRead(id)),
    models: given.models.map((model) => promoted.get(model.id)?.entry ?? model),
  };
}

/** Those that still mean something beside this configuration. */
export function adjustmentsFor({ rules, models }: Catalogue, { stopped, promoted }: Adjustments): Adjustments {
  const entries = new Map(models.map((model) => [model.id, model]));
  return {
    stopped: new Set(rules.map(({ id }) => id).filter((id) => stopped.has(id))),
    promoted: new Map([...promoted].filter(([id, { insteadOf }]) => isDeepStrictEqual(entries.get(id), insteadOf))),
  };
}
