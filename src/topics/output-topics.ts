/** Every topic that is published to, from what decides it. Pure. */
import { stateTopic } from './state-message.js';
import { createTopicTemplate, type TopicTemplate } from './template.js';

export interface OutputTopicsOptions {
  readonly clientId: string;
  /** Topic filters of the pictures. */
  readonly inputs: readonly string[];
  /** Sound templates. */
  readonly rules: readonly { readonly id: string; readonly topic: string }[];
  /** May hold {clientId}. */
  readonly deadLetter: string;
}

export interface OutputTopics {
  /** By rule. */
  readonly results: ReadonlyMap<string, TopicTemplate>;
  /** Filters that match every topic results go to. */
  readonly resultFilters: readonly string[];
  readonly deadLetter: string;
  readonly health: string;
  readonly state: string;
}

/** @throws {ServiceError} ERR_CONFIG for an unknown placeholder, ERR_RESULT_REFUSED for dead letters that need an input */
export function createOutputTopics({ clientId, inputs, rules, deadLetter }: OutputTopicsOptions): OutputTopics {
  const results = new Map(rules.map(({ id, topic }) => [id, createTopicTemplate(topic, { rule: id, clientId })]));
  const filters = [...results.values()].flatMap((template) => inputs.map((filter) => template.filterFor(filter)));
  return {
    results,
    resultFilters: [...new Set(filters)],
    deadLetter: createTopicTemplate(deadLetter, { rule: '', clientId }).render(''),
    health: `flawline/${clientId}/health`,
    state: stateTopic(clientId),
  };
}
