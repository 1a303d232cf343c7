/** Every topic the service has to do with, from the configuration; config/topic-faults.ts saw to it that none comes back. */
import type { Config } from '../config/config.js';
import { requestTopic } from '../mqtt/requests.js';
import type { ResultTarget } from '../pipeline/result-messages.js';
import { defined } from '../std/defined.js';
import { createOutputTopics } from '../topics/output-topics.js';
import { isTopicName, matchesFilter } from '../topics/topic.js';

export interface ServiceTopics {
  /** Where the result of a rule goes. @throws {ServiceError} ERR_RESULT_REFUSED when the outcome is no valid topic */
  result(rule: string, inputTopic: string): ResultTarget;
  /** Filters that match every topic results go to. */
  readonly resultFilters: readonly string[];
  readonly deadLetter: string;
  readonly health: string;
  /** Whether it is a topic that can be published to, and one that reply.allow names. */
  isReplyAllowed(topic: string): boolean;
  /** Where pictures to try are asked about. */
  readonly request: string;
  /** As isReplyAllowed, and never a topic that pictures come from: an answer would be inspected. */
  isAnswerAllowed(topic: string): boolean;
}

export function createTopics(config: Config): ServiceTopics {
  const { clientId } = config.mqtt;
  const inputs = config.source.topics;
  const topicsOf = new Map(config.streams.map(({ id, topics }) => [id, topics]));
  const rules = config.rules.map((rule) => ({ ...rule, inputs: topicsOf.get(rule.stream) ?? [] }));
  const outputs = createOutputTopics({ clientId, rules, deadLetter: config.deadLetter.topic });
  const targets = new Map(
    config.rules.map(({ id, sink, qos = config.sink.qos, expirySeconds = config.sink.messageExpirySeconds }) => [
      id,
      { qos, ...defined({ sink, expirySeconds }) },
    ]),
  );
  // A broker hands on a response topic as it came, also one that it hangs up on when a message is published to it.
  const isReplyAllowed = (topic: string) =>
    isTopicName(topic) && config.reply.allow.some((filter) => matchesFilter(filter, topic));
  return {
    resultFilters: outputs.resultFilters,
    deadLetter: outputs.deadLetter,
    health: outputs.health,
    result(rule, inputTopic) {
      const template = outputs.results.get(rule);
      const target = targets.get(rule);
      if (!template || !target) throw new Error(`no rule ${rule}`);
      return { ...target, topic: template.render(inputTopic) };
    },
    isReplyAllowed,
    request: requestTopic(clientId),
    isAnswerAllowed: (topic) => isReplyAllowed(topic) && !inputs.some((filter) => matchesFilter(filter, topic)),
  };
}
