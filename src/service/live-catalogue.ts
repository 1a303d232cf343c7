/** One version of the catalogue as it runs: which pictures it judges, by what, and where the results go. */
import { rulesByModel } from '../catalogue/catalogue.js';
import type { Config } from '../config/config.js';
import type { Assignment, RuleResult } from '../domain/inspection.js';
import { type PublishRow, type RowAction, type RuleSpec, ruleKey } from '../domain/rule.js';
import { requestTopic } from '../mqtt/requests.js';
import type { ResultTarget } from '../pipeline/outgoing-messages.js';
import { RuleStoppedError, RuleSupersededError } from '../pipeline/ports.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';
import type { Log } from '../std/logger.js';
import { deferred } from '../std/promises.js';
import { createOutputTopics } from '../topics/output-topics.js';
import { isTopicName, matchesFilter, subscribedFilter } from '../topics/topic.js';
import { type PictureFields, pictureFields } from './pipeline-observer.js';
import type { RowRules } from './row-rules.js';

export interface LiveCatalogue {
  readonly config: Config;
  readonly rules: readonly RuleSpec[];
  /** Key of each model that the workers hold, by the id that rules know. */
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly topics: ServiceTopics;
  /**
   * What is to be done with a picture that somebody tries. @param model an id; absent: the first one
   * @throws {ServiceError} ERR_CONFIG when there is no such model
   */
  dryRunAssignment(model: string | undefined): Assignment;
  /** What is to be done with each picture of a stream: an assignment for each model that a rule of it names. */
  assignmentsOf(stream: string): readonly Assignment[];
  /**
   * Undefined: it is published nowhere; that of an action `log` is in the log then.
   * @throws {ServiceError} ERR_RESULT_REFUSED when a rule's template gives no valid topic for this input topic
   */
  targetOf(result: RuleResult, inputTopic: string): ResultTarget | undefined;
  /** Judges a message by rules that need no picture. */
  readonly judgeRow: RowRules;
  pictureFieldsOf(rule: string): PictureFields | undefined;
  /** A picture is judged by this version until `release`. */
  hold(): void;
  release(): void;
  /** No further picture comes. Resolves when none is judged by this version any more. */
  retire(): Promise<void>;
  /** Gives the open results of these rules up: there is no such rule any more. */
  stopRules(ids: Iterable<string>): void;
  /** Gives them up for pictures to be judged anew: the results of these rules go elsewhere now. */
  supersedeRules(ids: Iterable<string>): void;
}

interface LiveCatalogueOptions {
  readonly config: Config;
  /** Those of the configuration, with their versions. */
  readonly rules: readonly RuleSpec[];
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly judgeRow: RowRules;
  readonly log: Log;
  /** Aborts when the service stops and gives up what has no answer. */
  readonly ending: AbortSignal;
}

export function createLiveCatalogue(options: LiveCatalogueOptions): LiveCatalogue {
  const { config, rules, modelKeys, judgeRow, log, ending } = options;
  const topics = createTopics(config);
  const stops = new Map(rules.map(({ id }) => [id, new AbortController()]));
  const selects = new Map(rules.flatMap(({ id, select }) => (select === undefined ? [] : [[id, select] as const])));
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
    dryRunAssignment(model = config.models[0]?.id) {
      const key = modelKeys.get(model ?? '');
      if (key === undefined) throw unknownModel(model, config.models);
      return { model: key, rules: rules.filter((rule) => rule.model === model).map(ruleKey) };
    },
    assignmentsOf: (stream) => assignments.get(stream) ?? [],
    targetOf(result, inputTopic) {
      const { rule } = result;
      const { signal } = stops.get(rule) ?? {};
      const action = selects.get(rule)?.actions[result.action ?? 0];
      if (action?.kind === 'log') logRow(log, result);
      if (action !== undefined && action.kind !== 'mqtt') return undefined;
      const target = action === undefined ? topics.result(rule, inputTopic) : rowTarget(action, result.topic, config);
      return signal === undefined ? target : { ...target, signal };
    },
    judgeRow,
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
    supersedeRules(ids) {
      for (const id of ids) stops.get(id)?.abort(new RuleSupersededError(`the rule ${id} was changed`));
    },
  };
}

function unknownModel(id: string | undefined, models: Config['models']): ServiceError {
  const text =
    models.length === 0 ? 'there must be a model: there is none' : `model must be one of ${idsOf(models)}: ${id}`;
  return new ServiceError('ERR_CONFIG', `Cannot inspect the picture as ${text}`, { details: { model: id ?? null } });
}

function idsOf(entries: readonly { readonly id: string }[]): string {
  return entries.map(({ id }) => id).join(', ');
}

/** Rows are for people there: they need not see all of a picture. */
const LOGGED_BYTES = 4096;

function logRow(log: Log, { rule, payload }: RuleResult): void {
  const isWhole = payload.byteLength <= LOGGED_BYTES;
  const row = Buffer.from(payload.subarray(0, LOGGED_BYTES)).toString();
  log.info({ rule, row: isWhole ? row : `${row}… (${payload.byteLength} bytes)` }, 'a row of a rule');
}

/** @throws {ServiceError} ERR_RESULT_REFUSED where results would come back as pictures, which only the message decides */
function rowTarget(action: PublishRow, topic: string = action.topic, { source }: Config): ResultTarget {
  const { sink, qos, retain } = action;
  if (topic !== action.topic && source.topics.some((filter) => matchesFilter(subscribedFilter(filter), topic))) {
    throw new ServiceError(
      'ERR_RESULT_REFUSED',
      `Cannot publish to ${action.topic} as it must give no topic that pictures come from: ${topic}`,
      { details: { template: action.topic, topic } },
    );
  }
  return { sink, topic, qos, retain };
}

/** Every topic the service has to do with, from the configuration; config/topic-faults.ts saw to it that none comes back. */
interface ServiceTopics {
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
  const rules = config.rules
    .filter(({ select }) => select === undefined)
    .map((rule) => ({ ...rule, inputs: topicsOf.get(rule.stream) ?? [] }));
  const rowFilters = config.rules.flatMap(({ select }) => (select?.actions ?? []).flatMap(rowFilter));
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
    resultFilters: [...new Set([...outputs.resultFilters, ...rowFilters])],
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

/** A filter for all that an action publishes to; from a field of the row on anything may come. */
function rowFilter(action: RowAction): readonly string[] {
  if (action.kind !== 'mqtt') return [];
  const [fixed = '', ...rest] = action.topic.split('{{');
  return [rest.length === 0 ? action.topic : `${fixed.replace(/[^/]*$/, '')}#`];
}
