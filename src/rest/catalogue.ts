/** Everything that REST shows: what was made by it, kept in the store, and the objects of the configuration. */
import { join } from 'node:path';
import type { ModelEntry } from '../catalogue/catalogue.js';
import type { Config } from '../config/config.js';
import { isMapping } from '../std/checks.js';
import { messageOf, ServiceError } from '../std/errors.js';
import type { ObjectStore } from '../store/object-store.js';
import { findFeedback } from '../topics/topic.js';
import { modelOf, type Plugin, pluginOf } from './plugin.js';
import { type RuleDefinition, readRule, type Surroundings } from './rule-definition.js';
import { defineStream, readStatement, type StreamDefinition } from './stream-definition.js';

/** By name. What is of the configuration is in it as well; see `isOfFile`. */
export interface RestCatalogue {
  readonly streams: ReadonlyMap<string, StreamDefinition>;
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly rules: ReadonlyMap<string, RuleDefinition>;
}

/** Kinds of objects in the store. */
export const KEPT = { streams: 'streams', plugins: 'plugins', rules: 'rules' } as const;
/** Below catalogue.path. */
export const UPLOADS_FOLDER = 'uploads';

/** The streams and models of a configuration, as REST shows them. */
function catalogueOf(base: Config): RestCatalogue {
  const streams = base.streams.map(({ id, topics }): [string, StreamDefinition] => {
    const sql = `CREATE STREAM \`${id}\` () WITH (DATASOURCE="${topics.join(',')}")`;
    const statement = { kind: 'create', name: id, fields: [], options: { datasource: topics.join(',') } } as const;
    return [id, { sql, statement, topics }];
  });
  return {
    streams: new Map(streams),
    plugins: new Map(base.models.map((model) => [model.id, pluginOf(model)])),
    rules: new Map(),
  };
}

/**
 * The objects of a configuration with those that are kept.
 * @throws {ServiceError} ERR_CONFIG for an id that both have, ERR_CATALOGUE for a kept object that cannot be read
 */
export function readCatalogue(base: Config, store: ObjectStore, cwd: string): RestCatalogue {
  const streams = new Map(catalogueOf(base).streams);
  const plugins = new Map(catalogueOf(base).plugins);
  const rules = new Map<string, RuleDefinition>();
  const read = <T>(kind: string, id: string, isTaken: boolean, make: () => T): T => {
    if (isTaken) throw takenTwice(kind, id, store);
    try {
      return make();
    } catch (error) {
      throw unreadable(kind, id, error, store);
    }
  };
  for (const [id, value] of store.list(KEPT.streams)) {
    streams.set(
      id,
      read('stream', id, streams.has(id), () => streamOf(textIn(value, 'sql'))),
    );
  }
  for (const [id, value] of store.list(KEPT.plugins)) {
    plugins.set(
      id,
      read('model', id, plugins.has(id), () => value as Plugin),
    );
  }
  const surroundings = { streams, plugins, config: base, cwd };
  const taken = new Set(base.rules.map(({ id }) => id));
  for (const [id, value] of store.list(KEPT.rules)) {
    rules.set(
      id,
      read('rule', id, taken.has(id), () => keptRule(value, surroundings)),
    );
  }
  return { streams, plugins, rules };
}

function streamOf(sql: string): StreamDefinition {
  const statement = readStatement(sql);
  if (statement.kind !== 'create') throw new Error('it must be CREATE STREAM');
  return defineStream(sql, statement);
}

function keptRule(value: unknown, surroundings: Surroundings): RuleDefinition {
  const triggered = isMapping(value) && value['triggered'] === true;
  return { ...readRule(textIn(value, 'json'), surroundings), triggered };
}

function textIn(value: unknown, name: string): string {
  const text = isMapping(value) ? value[name] : undefined;
  if (typeof text !== 'string') throw new Error(`it must have a text ${name}`);
  return text;
}

function takenTwice(kind: string, id: string, { folder }: ObjectStore): ServiceError {
  const text = `Cannot use the configuration as the id of a ${kind} must be given once: ${id} is in it, and was made by REST as well (kept in ${folder})`;
  return new ServiceError('ERR_CONFIG', text, { details: { id, folder } });
}

function unreadable(kind: string, id: string, cause: unknown, { folder }: ObjectStore): ServiceError {
  const path = join(folder, 'catalogue.json');
  const text = `Cannot read the kept catalogue as ${path} must hold what can be used: ${kind} ${id}: ${messageOf(cause)}`;
  return new ServiceError('ERR_CATALOGUE', text, { cause, details: { path, id } });
}

/** The configuration that does what the catalogue says. Streams that no rule reads are not subscribed to. */
export function configOf(base: Config, catalogue: RestCatalogue, folder: string): Config {
  const rules = [...catalogue.rules.values()];
  const read = new Set(rules.map(({ spec }) => spec.stream));
  const own = new Set(base.streams.map(({ id }) => id));
  const streams = [...catalogue.streams]
    .filter(([id]) => read.has(id) && !own.has(id))
    .map(([id, { topics }]) => ({ id, topics }));
  const models = [...catalogue.plugins.values()].flatMap((plugin): readonly ModelEntry[] =>
    plugin.folder === undefined ? [] : [modelOf(plugin, join(folder, plugin.folder))],
  );
  const sinks = new Map([...base.sinks, ...rules.flatMap((rule) => rule.sinks)].map((sink) => [sink.key, sink]));
  return {
    ...base,
    streams: [...base.streams, ...streams],
    source: { ...base.source, topics: [...base.source.topics, ...streams.flatMap(({ topics }) => topics)] },
    models: [...base.models, ...models],
    rules: [...base.rules, ...rules.map(({ spec }) => spec)],
    sinks: [...sinks.values()],
  };
}

/** Ids of rules that are not to run. */
export function stoppedOf({ rules }: RestCatalogue): ReadonlySet<string> {
  return new Set([...rules.values()].filter(({ triggered }) => !triggered).map(({ id }) => id));
}

/** Why a rule would inspect its own results for ever; undefined when it would not. */
export function feedbackOf({ spec, sinks }: RuleDefinition, config: Config): string | undefined {
  const sourceHosts = new Set(config.mqtt.url.map(hostOf));
  const near = new Set(
    sinks.filter(({ broker }) => broker.url.some((url) => sourceHosts.has(hostOf(url)))).map(({ key }) => key),
  );
  const outputs = (spec.select?.actions ?? []).flatMap((action) =>
    action.kind === 'mqtt' && near.has(action.sink) && !action.topic.includes('{{') ? [action.topic] : [],
  );
  const [pair] = findFeedback(config.source.topics, outputs);
  return (
    pair && `topic ${pair.output} of an action is read by DATASOURCE ${pair.input}: results would be inspected for ever`
  );
}

function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname.replace(/^(localhost|\[::1\])$/, '127.0.0.1')}:${port || '1883'}`;
}
