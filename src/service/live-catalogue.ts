/** One version of the catalogue as it runs: which pictures it judges, by what, and where the results go. */
import { rulesByModel } from '../catalogue/catalogue.js';
import type { Config } from '../config/config.js';
import type { Assignment } from '../domain/inspection.js';
import { type RuleSpec, ruleKey } from '../domain/rule.js';
import { RuleStoppedError } from '../pipeline/ports.js';
import type { ResultTarget } from '../pipeline/result-messages.js';
import { deferred } from '../std/promises.js';
import { type PictureFields, pictureFields } from './pipeline-observer.js';
import { createTopics, type ServiceTopics } from './topics.js';

export interface LiveCatalogue {
  readonly config: Config;
  readonly rules: readonly RuleSpec[];
  /** Key of each model that the workers hold, by the id that rules know. */
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly topics: ServiceTopics;
  /** What is to be done with each picture of a stream: an assignment for each model that a rule of it names. */
  assignmentsOf(stream: string): readonly Assignment[];
  /** @throws {ServiceError} ERR_RESULT_REFUSED when a rule's template gives no valid topic for this input topic */
  targetOf(rule: string, inputTopic: string): ResultTarget;
  pictureFieldsOf(rule: string): PictureFields | undefined;
  /** A picture is judged by this version until `release`. */
  hold(): void;
  release(): void;
  /** No further picture comes. Resolves when none is judged by this version any more. */
  retire(): Promise<void>;
  /** Gives the open results of these rules up. */
  stopRules(ids: Iterable<string>): void;
}

export interface LiveCatalogueOptions {
  readonly config: Config;
  /** Those of the configuration, with their versions. */
  readonly rules: readonly RuleSpec[];
  readonly modelKeys: ReadonlyMap<string, string>;
  /** Aborts when the service stops and gives up what has no answer. */
  readonly ending: AbortSignal;
}

export function createLiveCatalogue({ config, rules, modelKeys, ending }: LiveCatalogueOptions): LiveCatalogue {
  const topics = createTopics(config);
  const stops = new Map(rules.map(({ id }) => [id, new AbortController()]));
  const assignments = new Map(
    config.streams.map(({ id }) => [
      id,
      [...rulesByModel(rules, id)].map(([model, own]): Assignment => {
        return { model: modelKeys.get(model) ?? model, rules: own.map(ruleKey) };
      }),
    ]),
  );
  const giveUp = () => {
    for (const stop of stops.values()) stop.abort(ending.reason);
  };
  ending.addEventListener('abort', giveUp, { once: true });
  const unused = deferred();
  void unused.promise.then(() => ending.removeEventListener('abort', giveUp));
  let users = 0;
  let isRetired = false;
  return {
    config,
    rules,
    modelKeys,
    topics,
    assignmentsOf: (stream) => assignments.get(stream) ?? [],
    targetOf(rule, inputTopic) {
      const { signal } = stops.get(rule) ?? {};
      const target = topics.result(rule, inputTopic);
      return signal === undefined ? target : { ...target, signal };
    },
    pictureFieldsOf: pictureFields(config),
    hold() {
      users += 1;
    },
    release() {
      users -= 1;
      if (isRetired && users === 0) unused.resolve();
    },
    retire() {
      isRetired = true;
      if (users === 0) unused.resolve();
      return unused.promise;
    },
    stopRules(ids) {
      for (const id of ids) stops.get(id)?.abort(new RuleStoppedError(`the rule ${id} was stopped`));
    },
  };
}
