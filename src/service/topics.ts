/** Every topic the service publishes to, from the configuration; checked once at start. */
import type { Config } from '../config/config.js';
import { ServiceError } from '../errors.js';
import { requestTopic } from '../mqtt/request-listener.js';
import { stateTopic } from '../mqtt/state-message.js';
import { findFeedback, matchesFilter } from '../mqtt/topic.js';
import { createTopicTemplate, missingLevels, type TopicTemplate } from '../mqtt/topic-template.js';

export interface ServiceTopics {
  /** The topic of a rule's result. @throws {ServiceError} ERR_RESULT_REFUSED when the outcome is no valid topic */
  result(rule: string, inputTopic: string): string;
  /** Filters that match every topic results go to. */
  readonly resultFilters: readonly string[];
  readonly deadLetter: string;
  readonly health: string;
  isReplyAllowed(topic: string): boolean;
  /** Where pictures to try are asked about. */
  readonly request: string;
  /** As isReplyAllowed, and never a topic that pictures come from: an answer would be inspected. */
  isAnswerAllowed(topic: string): boolean;
}

/** @throws {ServiceError} ERR_CONFIG with every overlap of what is read with what is published */
export function createTopics(config: Config): ServiceTopics {
  const { clientId } = config.mqtt;
  const health = `flawline/${clientId}/health`;
  const templates = new Map<string, TopicTemplate>();
  for (const { id, topic } of config.rules) {
    const levels = config.source.topics.flatMap((filter) =>
      missingLevels(topic, filter).map((level) => ({ filter, level })),
    );
    if (levels[0]) {
      const { filter, level } = levels[0];
      throw new ServiceError(
        'ERR_CONFIG',
        `Cannot publish to ${topic} as {topic[${level}]} must be a level of every topic that source.topics gives: ${filter} has none`,
      );
    }
    templates.set(id, createTopicTemplate(topic, { rule: id, clientId }));
  }
  const deadLetter = createTopicTemplate(config.deadLetter.topic, { rule: '', clientId }).render('');
  const resultFilters = [
    ...new Set(
      [...templates.values()].flatMap((template) => config.source.topics.map((filter) => template.filterFor(filter))),
    ),
  ];
  assertNoFeedback(config, [...resultFilters, deadLetter, health, stateTopic(clientId)]);
  const isReplyAllowed = (topic: string) => config.reply.allow.some((filter) => matchesFilter(filter, topic));
  return {
    resultFilters,
    deadLetter,
    health,
    result(rule, inputTopic) {
      const template = templates.get(rule);
      if (!template) throw new Error(`no rule ${rule}`);
      return template.render(inputTopic);
    },
    isReplyAllowed,
    request: requestTopic(clientId),
    isAnswerAllowed: (topic) =>
      isReplyAllowed(topic) && !config.source.topics.some((filter) => matchesFilter(filter, topic)),
  };
}

function assertNoFeedback(config: Config, published: readonly string[]): void {
  const replies = config.result.reply ? config.reply.allow : [];
  const pairs = findFeedback(config.source.topics, [...published, ...replies]);
  if (pairs.length === 0) return;
  const shown = [...new Set(pairs.map(({ input, output }) => `${input} takes in ${output}`))].join('; ');
  throw new ServiceError(
    'ERR_CONFIG',
    `Cannot subscribe as source.topics must not match any topic that is published, or results would be inspected for ever: ${shown}`,
  );
}
