/** Rules between the topics that are read and those that are published. Each topic alone is valid already. */
import { createOutputTopics } from '../topics/output-topics.js';
import { missingLevels } from '../topics/template.js';
import { findFeedback } from '../topics/topic.js';
import { rulesOf, type Settled } from './build.js';
import { display, type Fault } from './fault.js';

/** @param origins where a key's value came from; a key that has its default is not in it */
export function topicFaults(values: Settled, origins: ReadonlyMap<string, string>): readonly Fault[] {
  const originOf = (key: string) => origins.get(key) ?? 'default';
  if (/\{(?!clientId\})/.test(values.deadLetter.topic)) {
    const rule = 'must hold no placeholder but {clientId}, as dead letters of all inputs are on one topic';
    return [{ key: 'deadLetter.topic', rule, value: values.deadLetter.topic, origin: originOf('deadLetter.topic') }];
  }
  return [...missingLevelFaults(values, originOf), ...feedbackFaults(values, originOf)];
}

type OriginOf = (key: string) => string;

function missingLevelFaults(values: Settled, originOf: OriginOf): readonly Fault[] {
  const key = values.rules === null ? 'sink.topic' : 'rules';
  return rulesOf(values).flatMap(({ id, topic }) => {
    for (const filter of values.source.topics) {
      const level = missingLevels(topic, filter)[0];
      if (level === undefined) continue;
      const whose = values.rules === null ? '' : `of rule ${id} `;
      const rule = `${whose}must hold only levels that every topic of source.topics has, not {topic[${level}]}: ${filter} has none`;
      return [{ key, rule, value: topic, origin: originOf(key) }];
    }
    return [];
  });
}

function feedbackFaults(values: Settled, originOf: OriginOf): readonly Fault[] {
  const inputs = values.source.topics;
  const { resultFilters, deadLetter, health, state } = createOutputTopics({
    clientId: values.mqtt.clientId,
    inputs,
    rules: rulesOf(values),
    deadLetter: values.deadLetter.topic,
  });
  const replies = values.result.reply ? values.reply.allow : [];
  const pairs = findFeedback(inputs, [...resultFilters, deadLetter, health, state, ...replies]);
  if (pairs.length === 0) return [];
  const shown = [...new Set(pairs.map(({ input, output }) => `${input} takes in ${output}`))].join('; ');
  const rule = `must not match any topic that is published, or results would be inspected for ever (${shown})`;
  return [{ key: 'source.topics', rule, value: display('source.topics', inputs), origin: originOf('source.topics') }];
}
