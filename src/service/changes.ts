/** What differs between two configurations, in words: for the answer to a reload, and for what only a restart changes. */
import { isDeepStrictEqual } from 'node:util';
import type { RuleChanges } from '../catalogue/catalogue.js';
import type { Config } from '../config/config.js';

/** Parts of the configuration that change without a restart. */
const RELOADABLE: ReadonlySet<string> = new Set(['streams', 'models', 'rules', 'sinks']);

/** Paths of keys that differ and need a restart. */
export function fixedKeys(before: Config, after: Config): readonly string[] {
  const withoutReloadable = (config: Config) => {
    const { topics: _topics, ...source } = config.source;
    const { topic: _topic, ...sink } = config.sink;
    const { fields: _fields, render: _render, ...result } = config.result;
    return { ...config, source, sink, result };
  };
  return differences(withoutReloadable(before), withoutReloadable(after), '').filter(
    (path) => !RELOADABLE.has(path.split('.')[0] ?? ''),
  );
}

function differences(before: unknown, after: unknown, path: string): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isSection(before) || !isSection(after)) return [path];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(before[name], after[name], path === '' ? name : `${path}.${name}`));
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A configuration as it was given, and as it runs: without what is stopped. */
export interface GivenAndRunning {
  readonly given: Config;
  readonly running: Config;
}

/** A sentence each. */
export function describeChanges(
  before: GivenAndRunning,
  after: GivenAndRunning,
  { rules, replacedModels }: { readonly rules: RuleChanges; readonly replacedModels: readonly string[] },
): readonly string[] {
  const streamsBefore = new Map(before.running.streams.map((stream) => [stream.id, stream]));
  const modelsBefore = idsOf(before.running.models);
  const added = (kind: Kind, id: string) =>
    `${nounOf[kind]} ${id} ${has(before.given, kind, id) ? 'started' : 'added'}`;
  const dropped = (kind: Kind, id: string) =>
    `${nounOf[kind]} ${id} ${has(after.given, kind, id) ? 'stopped' : 'dropped'}`;
  return [
    ...after.running.streams.flatMap((stream) => {
      const former = streamsBefore.get(stream.id);
      if (former === undefined) return [added('streams', stream.id)];
      return isDeepStrictEqual(former, stream) ? [] : [`stream ${stream.id} changed`];
    }),
    ...without(streamsBefore.keys(), idsOf(after.running.streams)).map((id) => dropped('streams', id)),
    ...replacedModels.map((id) => `model ${id} ${modelsBefore.has(id) ? 'replaced' : 'added'}`),
    ...without(modelsBefore, idsOf(after.running.models)).map((id) => `model ${id} dropped`),
    ...rules.added.map(({ id }) => added('rules', id)),
    ...rules.changed.map(({ id }) => `rule ${id} changed`),
    ...rules.dropped.map(({ id }) => dropped('rules', id)),
  ];
}

type Kind = 'streams' | 'rules';

const nounOf: Readonly<Record<Kind, string>> = { streams: 'stream', rules: 'rule' };

function has(config: Config, kind: Kind, id: string): boolean {
  return config[kind].some((each) => each.id === id);
}

function idsOf(list: readonly { readonly id: string }[]): ReadonlySet<string> {
  return new Set(list.map(({ id }) => id));
}

function without(ids: Iterable<string>, others: ReadonlySet<string>): readonly string[] {
  return [...ids].filter((id) => !others.has(id));
}
