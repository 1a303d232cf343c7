import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJsonSchema, explainConfig } from '../../../src/config/describe.js';
import { KEYS } from '../../../src/config/schema.js';
import { loadText, loadWith } from '../../support/service/config-folder.js';

function lineOf(path: string, loaded = loadWith()): string {
  return explainConfig(loaded).find((line) => line.startsWith(`${path} `)) ?? '';
}

test('explainConfig() has a line for every key', () => {
  const paths = explainConfig(loadWith()).map((line) => line.slice(0, line.indexOf(' ')));
  assert.deepEqual(paths, [...KEYS.keys()]);
});

test('explainConfig() says where a derived value comes from', () => {
  assert.match(lineOf('limits.inFlight'), /^limits\.inFlight +12 +default: workers\.count × 4$/);
});

test('explainConfig() says which variable set a value', () => {
  const loaded = loadWith({ env: { FLAWLINE_SOURCE_TOPICS: 'a,b' } });
  assert.match(lineOf('source.topics', loaded), / a, b +environment FLAWLINE_SOURCE_TOPICS$/);
});

test('explainConfig() hides secrets', () => {
  const env = {
    FLAWLINE_MQTT_PASSWORD: 'hunter2',
    FLAWLINE_SINK_PASSWORD: 'hunter3',
    FLAWLINE_HTTP_TOKEN: 'hunter4',
    FLAWLINE_MQTT_URL: 'wss://b/mqtt?key=hunter5',
  };
  assert.doesNotMatch(explainConfig(loadWith({ env })).join('\n'), /hunter/);
});

test('explainConfig() shows the keys that rules replace as not used', () => {
  assert.match(lineOf('sink.topic', loadText('rules: [{id: a, where: "true"}]\n')), /not used, as rules are given$/);
});

type Node = { readonly properties?: Readonly<Record<string, Node>>; readonly [name: string]: unknown };

function at(path: string): Node {
  return path.split('.').reduce<Node>((node, name) => node.properties?.[name] ?? {}, createJsonSchema() as Node);
}

test('createJsonSchema() describes every key', () => {
  assert.deepEqual(
    [...KEYS.keys()].filter((path) => typeof at(path)['description'] !== 'string'),
    [],
  );
});

test('createJsonSchema() has the default of every key that has a fixed one', () => {
  const fixed = [...KEYS].filter(([, spec]) => spec.default !== null);
  assert.deepEqual(
    fixed.map(([path]) => at(path)['default']),
    fixed.map(([, spec]) => spec.default),
  );
});

test('createJsonSchema() allows no other keys', () => {
  assert.deepEqual([createJsonSchema()['additionalProperties'], at('mqtt')['additionalProperties']], [false, false]);
});

test('createJsonSchema() has bounds and choices', () => {
  const { minimum, maximum, type } = at('http.port');
  assert.deepEqual([type, minimum, maximum, at('source.qos')['enum']], ['integer', 0, 65_535, [0, 1]]);
});
