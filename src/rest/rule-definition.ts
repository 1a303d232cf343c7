/** A rule as it is posted → a rule of the catalogue. */
import type { Config, RuleSink } from '../config/config.js';
import { NO_MODEL, type RuleSpec, type ResultField } from '../domain/rule.js';
import { compileSelect, type SelectPlan, UnknownStreamError } from '../sql/select-plan.js';
import { parseSelect } from '../sql/parse.js';
import { SqlError } from '../sql/sql-error.js';
import { isMapping, type Mapping } from '../std/checks.js';
import { HIDDEN, type ReadAction, readAction } from './actions.js';
import { GoJsonError, parseGoJson, writeGoJson } from './go-json.js';
import type { Plugin } from './plugin.js';
import { CODE, RestError } from './rest-error.js';
import type { StreamDefinition } from './stream-definition.js';

/** What is shown of a rule, also of one of the configuration. */
export interface RuleView {
  readonly id: string;
  readonly spec: RuleSpec;
  /** Names of the sinks, one for each action. */
  readonly actionNames: readonly string[];
  readonly hasFilter: boolean;
  /** Names of what it selects; none for *. */
  readonly fields: readonly string[];
  readonly json: string;
  explain(): string;
}

export interface RuleDefinition extends RuleView {
  readonly name: string;
  readonly tags: readonly string[] | null;
  readonly version: string;
  /** As it was posted; with `triggered` once it was started or stopped. */
  readonly json: string;
  readonly triggered: boolean;
  readonly sinks: readonly RuleSink[];
}

/** What there is besides the rule. */
export interface Surroundings {
  readonly streams: ReadonlyMap<string, StreamDefinition>;
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly config: Config;
  readonly cwd: string;
}

const ID = /^[a-zA-Z0-9_-]+$/;
/** An id becomes part of client ids and the value of a metric label. */
const LONGEST_ID = 64;

/**
 * @param id where the path names it: the rule may leave it out then
 * @throws {RestError} in eKuiper's words, without what stands before `invalid rule json`
 */
export function readRule(json: string, surroundings: Surroundings, id?: string): RuleDefinition {
  return invalidJson(
    () => {
      const given = parse(json);
      const ownId = idOf(given, id);
      const { sql } = given;
      if (given['graph'] !== undefined) throw bad(`Rule ${ownId} has a graph, which is not supported: give sql.`);
      if (typeof sql !== 'string' || sql === '') throw bad(`Rule ${ownId} has neither sql nor graph.`);
      const plan = compile(sql, surroundings);
      const actions = given['actions'];
      if (!Array.isArray(actions) || actions.length === 0) throw bad('Missing rule actions.');
      const sendError = readOptions(given['options']);
      return { given, ownId, sql, plan, actions: actions as readonly unknown[], sendError };
    },
    ({ given, ownId, sql, plan, actions, sendError }) => {
      if (plan instanceof UnknownStreamError) throw bad(plan.message);
      const read = actions.map((action) => readAction(action, surroundings.cwd));
      return {
        id: ownId,
        name: typeof given['name'] === 'string' && given['name'] !== '' ? given['name'] : ownId,
        tags: isTexts(given['tags']) ? given['tags'] : null,
        version: typeof given['version'] === 'string' ? given['version'] : '',
        json,
        triggered: given['triggered'] !== false,
        spec: specOf({ id: ownId, sql, plan, read, sendError }, surroundings),
        sinks: read.flatMap(({ sink }) => (sink === undefined ? [] : [sink])),
        actionNames: actions.map((action) => Object.keys(action as Mapping)[0] ?? ''),
        fields: fieldsOf(sql, surroundings),
        hasFilter: plan.explain().includes('"FilterPlan_'),
        explain: () => plan.explain(),
      };
    },
  );
}

/** What fails in the first part is a fault of the JSON, in eKuiper's eyes. */
function invalidJson<A, B>(first: () => A, second: (of: A) => B): B {
  let read: A;
  try {
    read = first();
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    throw new RestError(error.code, `invalid rule json: ${error.message}`);
  }
  return second(read);
}

function parse(json: string): Mapping {
  let given: unknown;
  try {
    given = parseGoJson(json);
  } catch (error) {
    if (!(error instanceof GoJsonError)) throw error;
    throw bad(`Parse rule ${json.slice(0, 1000)} error : ${error.message}.`);
  }
  if (!isMapping(given)) throw bad(`Parse rule ${json.slice(0, 1000)} error : it must be an object.`);
  return given;
}

function idOf(given: Mapping, fromPath: string | undefined): string {
  const own = typeof given['id'] === 'string' ? given['id'] : '';
  const id = own === '' ? (fromPath ?? '') : own;
  if (id === '') throw bad('Missing rule id.');
  if (!ID.test(id)) {
    throw bad(`id '${id}' contains invalid characters: only alphanumeric, hyphens and underscores are allowed`);
  }
  if (id.length > LONGEST_ID) throw bad(`id '${id}' is longer than ${LONGEST_ID} characters`);
  if (fromPath !== undefined && id !== fromPath) throw bad('RuleId is not consistent with rule id.');
  return id;
}

/** A stream that there is not is told when the rest of the JSON is right. */
function compile(sql: string, { streams, plugins, config }: Surroundings): SelectPlan | UnknownStreamError {
  const functions = functionsOf(plugins);
  const schemas = new Map([...streams].map(([name, { statement }]) => [name, statement.fields]));
  try {
    const plan = compileSelect(sql, { functions, streams: schemas });
    const { inference } = plan;
    if (inference !== undefined && inference.image !== config.payload.imageField) {
      throw bad(
        `Parse SQL ${sql.slice(0, 1000)} error: ${inference.name}(${inference.image}) is not supported: payload.imageField is ${config.payload.imageField}.`,
      );
    }
    return plan;
  } catch (error) {
    if (error instanceof UnknownStreamError) return error;
    if (error instanceof SqlError) throw bad(error.message);
    throw error;
  }
}

function functionsOf(plugins: Surroundings['plugins']): ReadonlySet<string> {
  return new Set([...plugins.values()].flatMap((plugin) => plugin.functions));
}

function fieldsOf(sql: string, { plugins }: Surroundings): readonly string[] {
  return parseSelect(sql, functionsOf(plugins)).fields.flatMap((field) => {
    if (field.kind === 'all' || field.isInvisible) return [];
    const { alias, expression } = field;
    const own = expression.kind === 'column' || expression.kind === 'call' ? expression.name : undefined;
    return alias ?? own ?? [];
  });
}

/** Options that would change what is published, and have no counterpart here. */
const REFUSED: Readonly<Record<string, (value: unknown) => boolean>> = {
  cron: isGiven,
  duration: isGiven,
  cronDatetimeRange: (value) => Array.isArray(value) && value.length > 0,
  isEventTime: (value) => value === true,
  sendNilField: (value) => value === true,
  sendMetaToSink: (value) => value === true,
};

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** sendError; what else there is is about buffers and restarts, which work in another way here. */
function readOptions(options: unknown): boolean {
  if (options === undefined || options === null) return false;
  if (!isMapping(options)) throw bad('Rule options must be an object.');
  const refused = Object.entries(REFUSED).find(([name, isSet]) => isSet(options[name]));
  if (refused !== undefined) throw bad(`Rule option ${refused[0]} is not supported here.`);
  return options['sendError'] === true;
}

function specOf(
  {
    id,
    sql,
    plan,
    read,
    sendError,
  }: {
    readonly id: string;
    readonly sql: string;
    readonly plan: SelectPlan;
    readonly read: readonly ReadAction[];
    readonly sendError: boolean;
  },
  { streams, plugins }: Surroundings,
): RuleSpec {
  const { inference } = plan;
  const model = [...plugins.values()].find(({ functions }) => functions.includes(inference?.name ?? ''));
  return {
    id,
    stream: plan.stream,
    model: model?.model ?? NO_MODEL,
    where: 'true',
    topic: '',
    fields: pictureFields(plan),
    render: plan.picture === 'none' ? 'none' : 'pair',
    select: {
      sql,
      streamSql: streams.get(plan.stream)?.sql ?? '',
      functions: inference === undefined ? [] : [inference.name],
      actions: read.map(({ action }) => action),
      sendError,
    },
  };
}

/** Where the live page finds the pictures. */
function pictureFields({ pictures: { processed, original } }: SelectPlan): readonly ResultField[] {
  return [
    ...(processed === undefined ? [] : [{ name: 'afterProcess', alias: processed } as const]),
    ...(original === undefined ? [] : [{ name: 'origin', alias: original } as const]),
  ];
}

/** A rule of the configuration. */
export function viewOf(spec: RuleSpec): RuleView {
  const { id, stream, model, where, topic } = spec;
  const fields = spec.fields.map(({ name, alias }) => (name === alias ? name : `${name} as ${alias}`));
  return {
    id,
    spec,
    actionNames: ['mqtt'],
    hasFilter: true,
    fields: spec.fields.map(({ alias }) => alias),
    json: writeGoJson({ id, stream, model, where, fields, actions: [{ mqtt: { topic, sendSingle: true } }] }),
    explain: () => `${where} (CEL, of the configuration file)`,
  };
}

/** The rule's JSON once it was started or stopped, as eKuiper writes it then. */
export function withTriggered(json: string, triggered: boolean): string {
  return writeGoJson({ ...(parseGoJson(json) as Mapping), triggered });
}

/** As it was posted, but for passwords. */
export function shownJson(json: string): string {
  let isHidden = false;
  const value = JSON.parse(json, (key: string, each: unknown) => {
    if (!/^(password|token|secret)$/i.test(key) || typeof each !== 'string' || each === '') return each;
    isHidden = true;
    return HIDDEN;
  }) as unknown;
  return isHidden ? writeGoJson(value) : json;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
}

function bad(message: string): RestError {
  return new RestError(CODE.undefined, message);
}
