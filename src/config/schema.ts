/** The convict schema: every key of the configuration, in the order of docs/configuration.md. */
import type { KeySpec, ValuesOf } from './key.js';
import { mqtt, sink } from './keys/broker.js';
import { engine, limits, model, models, openvino, workers } from './keys/inspection.js';
import {
  deadLetter,
  health,
  payload,
  reply,
  requests,
  result,
  rule,
  rules,
  source,
  state,
  streams,
} from './keys/journey.js';
import { keep } from './keys/keep.js';
import { cameras, catalogue, http, journal, log, rest, shutdown } from './keys/operation.js';

export const SCHEMA = {
  mqtt,
  source,
  streams,
  payload,
  rule,
  rules,
  sink,
  result,
  reply,
  deadLetter,
  keep,
  requests,
  state,
  health,
  model,
  models,
  engine,
  openvino,
  workers,
  limits,
  http,
  rest,
  shutdown,
  cameras,
  catalogue,
  journal,
  log,
};

/** Key of a secret → key of the file that may hold it instead, as container platforms give them. */
export const SECRET_FILES: Readonly<Record<string, string>> = {
  'mqtt.password': 'mqtt.passwordFile',
  'sink.password': 'sink.passwordFile',
  'deadLetter.password': 'deadLetter.passwordFile',
  'http.token': 'http.tokenFile',
  'rest.token': 'rest.tokenFile',
};

/** Lists, and the keys that they take the place of. */
export const REPLACED_BY: ReadonlyMap<'streams' | 'models' | 'rules', readonly string[]> = new Map([
  ['streams', ['source.topics']],
  ['models', Object.keys(model).map((name) => `model.${name}`)],
  ['rules', ['rule.where', 'rule.ok', 'sink.topic', 'result.fields']],
]);

/** The values as given: null where a default depends on other values and nothing was given. */
export type Settings = ValuesOf<typeof SCHEMA>;

export type SchemaNode = KeySpec | { readonly [name: string]: SchemaNode };

/** Every key by its path ("limits.inFlight"), in order. */
export const KEYS: ReadonlyMap<string, KeySpec> = new Map(leavesOf(SCHEMA, ''));

/** The environment variable of a key: `limits.inFlight` is FLAWLINE_LIMITS_IN_FLIGHT. */
export function variableOf(path: string): string {
  return `FLAWLINE_${path
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}

export function isKeySpec(node: SchemaNode): node is KeySpec {
  return 'format' in node && typeof node.format === 'string';
}

function leavesOf(node: SchemaNode, path: string): readonly (readonly [string, KeySpec])[] {
  if (isKeySpec(node)) return [[path, node]];
  return Object.entries(node).flatMap(([name, child]) => leavesOf(child, path === '' ? name : `${path}.${name}`));
}
