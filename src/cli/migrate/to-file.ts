/** What a running eKuiper has → the configuration that does the same, and what of it a file cannot say. */
import { stringify } from 'yaml';
import { readAction } from '../../rest/actions.js';
import { compileWhere } from '../../rules/where.js';
import { parseSelect, parseStreamStatement } from '../../sql/parse.js';
import { isMapping, type Mapping } from '../../std/checks.js';
import { messageOf } from '../../std/errors.js';
import type { EkuiperExport } from './ekuiper-export.js';
import { translateSelect } from './sql-to-cel.js';

export interface Migration {
  /** YAML. */
  readonly file: string;
  /** What is done in another way, or not at all: a sentence each. */
  readonly notes: readonly string[];
}

const IMAGE_FIELD = 'image';

interface RuleLine {
  readonly id: string;
  readonly stream: string;
  readonly where: string;
  readonly topic: string;
  readonly fields: readonly string[];
  readonly sink: Readonly<Record<string, unknown>>;
}

export function migrate(given: EkuiperExport): Migration {
  const notes: string[] = [];
  const streams = readStreams(given, notes);
  const copyFields = new Set<string>();
  const rules = [...given.rules].flatMap(([id, json]) => readRule(id, json, { notes, copyFields }));
  const used = new Set(rules.map(({ stream }) => stream));
  for (const id of streams.keys())
    if (!used.has(id)) notes.push(`stream ${id}: no rule that can be had reads it, so it is left out`);
  for (const name of given.plugins) {
    notes.push(`plugin ${name}: copy model.xml and model.bin out of its zip into models/; its Python is not run`);
  }
  for (const name of given.others) notes.push(`${name}: has no counterpart`);
  const known = rules.filter(({ stream }) => streams.has(stream));
  const file = {
    mqtt: { url: 'mqtt://127.0.0.1:1883' },
    streams: [...streams].filter(([id]) => used.has(id)).map(([id, topics]) => ({ id, topics })),
    ...(copyFields.size > 0 && { result: { copyFields: [...copyFields] } }),
    rules: known,
  };
  const head =
    '# The streams and rules of eKuiper. mqtt.url is its own default: put the broker of mqtt_source.yaml in its place.\n';
  return { file: known.length === 0 ? '' : head + stringify(file, { lineWidth: 0 }), notes };
}

function readStreams({ streams }: EkuiperExport, notes: string[]): ReadonlyMap<string, readonly string[]> {
  const read = new Map<string, readonly string[]>();
  for (const [id, sql] of streams) {
    try {
      const statement = parseStreamStatement(sql);
      const topics =
        statement.kind === 'create' ? (statement.options.datasource ?? '').split(',').map((topic) => topic.trim()) : [];
      if (topics.some((topic) => topic === '')) throw new Error('it has no DATASOURCE');
      read.set(id, topics);
    } catch (error) {
      notes.push(`stream ${id}: ${messageOf(error)}`);
    }
  }
  return read;
}

interface Found {
  readonly notes: string[];
  readonly copyFields: Set<string>;
}

function readRule(id: string, json: string, { notes, copyFields }: Found): readonly RuleLine[] {
  try {
    const given: unknown = JSON.parse(json);
    if (!isMapping(given) || typeof given['sql'] !== 'string') throw new Error('it has no SQL');
    const sql = given['sql'];
    const functions = new Set([...sql.matchAll(/\b([A-Za-z_]\w*)\s*\(\s*image\s*\)/g)].map(([, name = '']) => name));
    const select = parseSelect(sql, functions);
    const { where, fields, copyFields: copied } = translateSelect(select, functions, IMAGE_FIELD);
    compileWhere(where);
    if (given['triggered'] === false) notes.push(`rule ${id}: is stopped there, and runs here`);
    const actions = Array.isArray(given['actions']) ? (given['actions'] as readonly unknown[]) : [];
    const lines = actions.flatMap((action, index) => readSink(action, { id, index, notes }));
    if (lines.length === 0) throw new Error('it publishes nothing by MQTT');
    for (const name of copied) copyFields.add(name);
    return lines.map(({ topic, sink }, index) => ({
      id: index === 0 ? id : `${id}-${index + 1}`,
      ...{ stream: select.stream, where, topic, fields, sink },
    }));
  } catch (error) {
    notes.push(
      `rule ${id}: ${messageOf(error)}. REST takes it as it is, where its own limits let it (docs/migration.md)`,
    );
    return [];
  }
}

function readSink(
  action: unknown,
  { id, index, notes }: { readonly id: string; readonly index: number; readonly notes: string[] },
) {
  const [kind, props] = Object.entries(isMapping(action) ? action : {})[0] ?? [];
  if (kind === 'log' || kind === 'nop') {
    notes.push(`rule ${id}: its action ${kind} is left out`);
    return [];
  }
  const given: Mapping = isMapping(props) ? props : {};
  const { password, ...shown } = given;
  const { action: read, sink } = readAction({ [kind ?? '']: shown }, '/');
  if (read.kind !== 'mqtt' || sink === undefined) return [];
  if (read.topic.includes('{{'))
    throw new Error(`the topic ${read.topic} is made of a field of the result, which a file cannot say`);
  const say = (text: string) => notes.push(`rule ${id}, action ${index + 1}: ${text}`);
  if (!read.sendSingle) say('results are one object each, not an array of it (sendSingle)');
  if (read.retain) say('results are not retained');
  for (const name of ['fields', 'excludeFields', 'dataField'] as const)
    if (read[name] !== undefined) say(`${name} is left out: name the fields of the rule`);
  if (sink.clientId !== undefined || sink.protocolVersion !== undefined)
    say('client id and protocol are those of the section mqtt');
  if (password !== undefined) say('its password is left out: give rules[].sink.password or passwordFile');
  const { url, username, insecure, caFile, certFile, keyFile } = sink.broker;
  const broker = {
    url: url[0],
    username,
    insecure: insecure || undefined,
    caFile,
    certFile,
    keyFile,
    qos: read.qos === 1 ? undefined : read.qos,
  };
  return [
    { topic: read.topic, sink: Object.fromEntries(Object.entries(broker).filter(([, value]) => value !== undefined)) },
  ];
}
