import type { Config } from '../config/config.js';
import { isTopicName, subscribedFilter } from '../topics/topic.js';
import { UsageError } from './options.js';

/**
 * The topic that `feed` and `verify` publish pictures to: the one that is given, else the first of source.topics that has no
 * wildcard; of a shared subscription that which is shared, as `$share/…` itself is nobody's topic.
 * @throws {UsageError} when there is none, or the given one has wildcards
 */
export function pictureTopic(command: string, { source }: Pick<Config, 'source'>, given: string | undefined): string {
  const topic = given ?? source.topics.map(subscribedFilter).find(isTopicName);
  if (topic === undefined) {
    throw new UsageError(`${command} needs --topic TOPIC without wildcards, as source.topics has none`);
  }
  if (!isTopicName(topic)) throw new UsageError(`--topic takes a topic without wildcards: "${topic}" has some`);
  return topic;
}
