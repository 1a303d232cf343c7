/**
 * Rules between keys; those between topics are in topic-faults.ts. Each value alone is valid already: value-kinds.ts saw
 * to that.
 */

import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { RESULT_FIELDS } from '../domain/measures.js';
import { DEFAULT_ID, DEFAULT_OK } from '../domain/rule.js';
import { isPlaintextRemote, normaliseBrokerUrl } from '../mqtt/endpoint.js';
import { parseFields, splitList } from '../rules/result-fields.js';
import { compileWhere } from '../rules/where.js';
import { defined } from '../std/defined.js';
import { isLoopback } from '../std/loopback.js';
import { readSink } from './brokers.js';
import type { Settled } from './defaults.js';
import { display, type Fault } from './fault.js';
import { REPLACED_BY, SCHEMA } from './schema.js';
import { topicFaults } from './topic-faults.js';

/** The settled values and which of them the user gave. */
interface Given {
  readonly values: Settled;
  /** Where a key's value came from; a key that has its default is not in it. */
  readonly origins: ReadonlyMap<string, string>;
  /** Folder that relative paths start from. */
  readonly cwd: string;
}

/** Every rule between keys that is broken. */
export function crossFaults(given: Given): readonly Fault[] {
  return [
    ...limitFaults(given),
    ...replacedFaults(given),
    ...referenceFaults(given),
    ...ruleSinkFaults(given),
    ...deadLetterFaults(given),
    ...keepFaults(given),
    ...copyFieldFaults(given),
    ...encodingFaults(given),
    ...engineFaults(given),
    ...restFaults(given),
    ...topicFaults(given.values, given.origins),
    ...(['mqtt', 'sink'] as const).flatMap((section) => brokerFaults(given, section)),
  ];
}

function limitFaults({ values: { mqtt, limits }, origins }: Given): readonly Fault[] {
  const faults: Fault[] = [];
  if (limits.inFlight <= mqtt.receiveMaximum) {
    faults.push({
      key: 'limits.inFlight',
      rule: `must be more than mqtt.receiveMaximum (${mqtt.receiveMaximum}), or a full broker window would stop the connection at our own limit`,
      value: String(limits.inFlight),
      origin: origins.get('limits.inFlight') ?? 'default',
    });
  }
  if (limits.inFlightBytes < limits.maxPayloadBytes) {
    faults.push({
      key: 'limits.inFlightBytes',
      rule: `must be at least limits.maxPayloadBytes (${limits.maxPayloadBytes}), or the largest message could never be taken`,
      value: String(limits.inFlightBytes),
      origin: origins.get('limits.inFlightBytes') ?? 'default',
    });
  }
  return faults;
}

/** A list takes the place of keys, which mean nothing beside it. */
function replacedFaults({ origins }: Given): readonly Fault[] {
  return [...REPLACED_BY].flatMap(([list, keys]) => {
    if (!origins.has(list)) return [];
    return keys.flatMap((key) => {
      const origin = origins.get(key);
      return origin === undefined ? [] : [{ key, rule: `must not be given together with ${list}`, origin }];
    });
  });
}

/** A rule names a stream and a model that there are; where there are several it must name one. */
function referenceFaults({ values, origins }: Given): readonly Fault[] {
  const origin = origins.get('rules') ?? 'default';
  const lists = [
    ['stream', values.streams?.map(({ id }) => id) ?? [DEFAULT_ID]],
    ['model', values.models?.map(({ id }) => id) ?? [DEFAULT_ID]],
  ] as const;
  return lists.flatMap(([name, ids]): Fault[] => {
    const several = `must be given, as there are several: ${ids.join(', ')}`;
    if (values.rules === null)
      return ids.length > 1
        ? [{ key: 'rules', rule: `must name the ${name}s, as there are several: ${ids.join(', ')}` }]
        : [];
    return values.rules.flatMap((rule, index): Fault[] => {
      const key = `rules[${index}].${name}`;
      const id = rule[name];
      if (id === undefined) return ids.length > 1 ? [{ key, rule: several, origin }] : [];
      return ids.includes(id)
        ? []
        : [{ key, rule: `must be one of ${ids.join(', ')}`, value: display(key, id), origin }];
    });
  });
}

/** Nothing is kept without a folder, whatever is said of it. */
function keepFaults({ values: { keep, rules }, origins }: Given): readonly Fault[] {
  if (keep.path !== null) return [];
  const keys = [...(keep.where === null ? [] : ['keep.where']), ...(keep.share === 0 ? [] : ['keep.share'])];
  const entries = (rules ?? []).flatMap((rule, index) => (rule.keep === undefined ? [] : [`rules[${index}].keep`]));
  const rule = 'must not be given without keep.path, the folder that pictures are kept in';
  return [...keys, ...entries].map((key) => ({
    key,
    rule,
    ...defined({ origin: origins.get(key) ?? origins.get('rules') }),
  }));
}

function copyFieldFaults({ values, origins }: Given): readonly Fault[] {
  const lists = values.rules?.map(({ fields }) => (typeof fields === 'string' ? splitList(fields) : fields));
  const aliases = (lists ?? [values.result.fields]).flatMap((list) =>
    parseFields(list ?? []).map(({ alias }) => alias),
  );
  const reserved = new Set<string>([...RESULT_FIELDS, ...aliases, values.payload.imageField]);
  const taken = (values.result.copyFields ?? []).filter((name) => reserved.has(name));
  if (taken.length === 0) return [];
  const rule = 'must not name a field that results have by themselves, nor payload.imageField';
  const origin = origins.get('result.copyFields') ?? 'default';
  return [{ key: 'result.copyFields', rule, value: taken.join(', '), origin }];
}

function encodingFaults({ values: { result, rules }, origins }: Given): readonly Fault[] {
  const kinds = rules?.map(({ render }) => render ?? result.render) ?? [result.render];
  if (result.encoding !== 'binary' || !kinds.includes('none')) return [];
  const rule = 'must not be binary where a rule renders none, or its results would be empty';
  return [{ key: 'result.encoding', rule, value: 'binary', origin: origins.get('result.encoding') ?? 'default' }];
}

/** The folder is the C library's; the npm package brings its own. */
function engineFaults({ values: { engine, openvino }, origins }: Given): readonly Fault[] {
  if (engine !== 'openvino-node' || openvino.dir === null) return [];
  const rule = 'must not be given with engine openvino-node, which takes its libraries from the npm package';
  return [{ key: 'openvino.dir', rule, value: openvino.dir, origin: origins.get('openvino.dir') ?? 'default' }];
}

/** What REST makes is kept, and who can make objects on other machines must say who they are. */
function restFaults({ values: { rest, catalogue }, origins }: Given): readonly Fault[] {
  if (!rest.enabled) return [];
  const origin = origins.get('rest.enabled') ?? 'default';
  const faults: Fault[] = [];
  if (catalogue.path === null) faults.push({ key: 'catalogue.path', rule: 'must be given with rest.enabled', origin });
  if (rest.token === null && !isLoopback(rest.host)) {
    faults.push({ key: 'rest.token', rule: `must be given, as others can reach rest.host: ${rest.host}`, origin });
  }
  return faults;
}

function brokerFaults({ values, origins, cwd }: Given, section: 'mqtt' | 'sink'): readonly Fault[] {
  const broker = values[section];
  // What the sink has from mqtt is looked at there, but for what depends on the URL.
  const isOwn = (name: string) => section === 'mqtt' || origins.has(`sink.${name}`);
  const faults: Fault[] = [];
  const add = (name: keyof typeof broker, rule: string) => {
    const key = `${section}.${name}`;
    const origin = origins.get(key);
    faults.push({ key, rule, value: display(key, broker[name]), ...defined({ origin }) });
  };

  if ((isOwn('certFile') || isOwn('keyFile')) && (broker.certFile === null) !== (broker.keyFile === null)) {
    add(broker.certFile === null ? 'certFile' : 'keyFile', 'must be given, as certificate and key belong together');
  }
  for (const name of ['caFile', 'certFile', 'keyFile'] as const) {
    const path = broker[name];
    if (path !== null && isOwn(name) && !isReadable(resolve(cwd, path))) add(name, 'must be a readable file');
  }
  if (broker.password === null) return faults;
  if (values.mqtt.protocolVersion === 4 && broker.username === null) {
    add('username', 'must be given, as MQTT 3.1.1 sends no password without one');
  }
  if (!broker.allowPlaintextPassword && broker.url.map(normaliseBrokerUrl).some(isPlaintextRemote)) {
    add(
      'url',
      `must be mqtts or wss, or ${section}.allowPlaintextPassword be true, as a password goes to another machine`,
    );
  }
  return faults;
}

/** What the section `sink` is held to holds for the sink of a rule, too. */
function ruleSinkFaults({ values, origins, cwd }: Given): readonly Fault[] {
  const origin = origins.get('rules') ?? 'default';
  return (values.rules ?? []).flatMap(({ topic, sink }, index): Fault[] => {
    if (sink === undefined) return [];
    const given = readSink(sink);
    const wrong = ownBrokerFaults(given, values.sink, cwd);
    if (given.topic !== undefined && topic !== undefined)
      wrong.push(['topic', 'must not be given together with topic']);
    if (given.password != null && given.passwordFile != null)
      wrong.push(['passwordFile', 'must not be given together with password']);
    return wrong.map(([name, rule]) => ({ key: `rules[${index}].sink.${name}`, rule, origin }));
  });
}

function deadLetterFaults({ values: { deadLetter, mqtt }, origins, cwd }: Given): readonly Fault[] {
  return ownBrokerFaults(deadLetter, mqtt, cwd).map(([name, rule]) => {
    const key = `deadLetter.${name}`;
    return { key, rule, origin: origins.get(key) ?? 'default' };
  });
}

type OwnBroker = { readonly [K in keyof Settled['deadLetter'] & keyof Settled['sink']]?: Settled['deadLetter'][K] };

/** @param usual the broker that it is without a url. @returns name of a key and rule */
function ownBrokerFaults(
  given: OwnBroker,
  usual: Pick<Settled['sink'], 'url'> & { readonly allowPlaintextPassword: boolean | null },
  cwd: string,
): [name: string, rule: string][] {
  const wrong: [name: string, rule: string][] = [];
  if ((given.certFile == null) !== (given.keyFile == null)) {
    wrong.push([
      given.certFile == null ? 'certFile' : 'keyFile',
      'must be given, as certificate and key belong together',
    ]);
  }
  for (const name of ['passwordFile', 'caFile', 'certFile', 'keyFile'] as const) {
    const path = given[name];
    if (path != null && !isReadable(resolve(cwd, path))) wrong.push([name, 'must be a readable file']);
  }
  const hasPassword = given.password != null || given.passwordFile != null;
  const urls = given.url ?? usual.url;
  const isPlaintextAllowed =
    given.allowPlaintextPassword ?? (given.url == null && usual.allowPlaintextPassword === true);
  if (hasPassword && !isPlaintextAllowed && urls.map(normaliseBrokerUrl).some(isPlaintextRemote)) {
    wrong.push([
      'url',
      'must be mqtts or wss, or allowPlaintextPassword be true, as a password goes to another machine',
    ]);
  }
  return wrong;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** What is allowed but may surprise. `notes` are about defaults, `warnings` about what the user wrote. */
export function remarks({ values, origins }: Given): { readonly warnings: string[]; readonly notes: string[] } {
  const warnings: string[] = [];
  const notes: string[] = [];
  warnings.push(...constantOks(values));
  const predicates = values.rules?.map(({ id, where }) => [`rules (${id})`, where] as const);
  for (const [key, where] of predicates ?? [['rule.where', values.rule.where] as const]) {
    const { alwaysTrue, neverTrue } = compileWhere(where);
    if (neverTrue !== undefined) {
      warnings.push(`${key} is true for no picture, so that no result is published, as ${neverTrue}: ${where}`);
    }
    if (!alwaysTrue) continue;
    (where === SCHEMA.rule.where.default ? notes : warnings).push(
      `${key} is true for every picture, so that every result is published: ${where}`,
    );
  }
  const kept = (values.rules ?? []).map(({ id, keep }) => [`rules (${id}).keep.where`, keep?.where] as const);
  for (const [key, where] of [['keep.where', values.keep.where] as const, ...kept]) {
    if (where == null || where.trim() === 'false') continue;
    const { neverTrue } = compileWhere(where);
    if (neverTrue !== undefined) warnings.push(`${key} is true for no picture, as ${neverTrue}: ${where}`);
  }
  const unused = ['workers.pinning', 'workers.wide'].filter((key) => origins.has(key));
  if (values.engine === 'openvino-node' && unused.length > 0) {
    warnings.push(`${unused.join(' and ')} does nothing with engine openvino-node, which has one thread a worker`);
  }
  if (!isLoopback(values.http.host) && values.http.token === null) {
    warnings.push(
      `http.host is open to others without http.token, so that pictures and /inspect are off: ${values.http.host}`,
    );
  }
  if (origins.has('sink.url') && !origins.has('sink.password') && values.mqtt.password !== null) {
    warnings.push(`sink.url gets the user name and password of mqtt: ${display('sink.url', values.sink.url)}`);
  }
  return { warnings, notes };
}

/** A verdict that is the same for every picture is in general a slip: a gate that never opens, or always. */
function constantOks({ rules, rule }: Settled): string[] {
  const oks = rules?.map(({ id, ok = DEFAULT_OK }) => [`ok of rules (${id})`, ok] as const) ?? [['rule.ok', rule.ok]];
  return oks.flatMap(([key, ok]) => {
    const { alwaysTrue, neverTrue } = compileWhere(ok);
    if (neverTrue !== undefined) return [`${key} is true for no picture, so that none passes, as ${neverTrue}: ${ok}`];
    return alwaysTrue ? [`${key} is true for every picture, so that all pass: ${ok}`] : [];
  });
}
