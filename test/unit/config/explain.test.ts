import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainConfig } from '../../../src/config/explain.js';
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
