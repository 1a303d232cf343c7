/** Rules between the topics that are read and those that are published. Each topic alone is valid already. */
import { createOutputTopics } from '../topics/output-topics.js';
import { missingLevels } from '../topics/template.js';
import { findFeedback } from '../topics/topic.js';
import { rulesOf, streamsOf } from './build.js';
import type { Settled } from './defaults.js';
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
  return rulesWithInputs(values).flatMap(({ id, topic, inputs }) => {
    for (const filter of inputs) {
      const level = missingLevels(topic, filter)[0];
      if (level === undefined) continue;
      const whose = values.rules === null ? '' : `of rule ${id} `;
      const rule = `${whose}must hold only levels that every topic of ${inputKey(values)} has, not {topic[${level}]}: ${filter} has none`;
      return [{ key, rule, value: topic, origin: originOf(key) }];
    }
    return [];
  });
}

function feedbackFaults(values: Settled, originOf: OriginOf): readonly Fault[] {
  const inputs = streamsOf(values).flatMap(({ topics }) => topics);
  const { clientId } = values.mqtt;
  const outputsOf = (rules: ReturnType<typeof rulesWithInputs>) =>
    createOutputTopics({ clientId, rules, deadLetter: values.deadLetter.topic });
  const { deadLetter, health, state, cameraStates } = outputsOf([]);
  const replies = values.result.reply ? values.reply.allow : [];
  const ofCameras = values.cameras.by === 'off' || !values.cameras.state ? [] : [cameraStates];
  const ofRules = rulesWithInputs(values).flatMap((rule) =>
    findFeedback(inputs, outputsOf([rule]).resultFilters).map(
      (pair) => `${told(pair)}${values.rules === null ? '' : ` of rule ${rule.id}`}`,
    ),
  );
  const others = findFeedback(inputs, [deadLetter, health, state, ...ofCameras, ...replies]).map(told);
  if (ofRules.length + others.length === 0) return [];
  const shown = [...new Set([...ofRules, ...others])].join('; ');
  const rule = `must not match any topic that is published, or results would be inspected for ever (${shown})`;
  const key = inputKey(values);
  return [{ key, rule, value: display(key, inputs), origin: originOf(key) }];
}

function told({ input, output }: ReturnType<typeof findFeedback>[number]): string {
  return `${input} takes in ${output}`;
}

/** The key that says which topics are read. */
function inputKey({ streams }: Settled): string {
  return streams === null ? 'source.topics' : 'streams';
}

function rulesWithInputs(values: Settled) {
  const topicsOf = new Map(streamsOf(values).map(({ id, topics }) => [id, topics]));
  return rulesOf(values).map((rule) => ({ ...rule, inputs: topicsOf.get(rule.stream) ?? [] }));
}
