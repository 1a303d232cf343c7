import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText, loadWith } from '../../support/service/config-folder.js';

const REST = { FLAWLINE_REST_ENABLED: 'true', FLAWLINE_CATALOGUE_PATH: '/kept' };

function idsWith(env: Readonly<Record<string, string>>) {
  const { streams, models, rules } = loadWith({ env }).config;
  return { streams: streams.map(({ id }) => id), models: models.map(({ id }) => id), rules: rules.map(({ id }) => id) };
}

const NOTHING = { streams: [], models: [], rules: [] };
const DEFAULTS = { streams: ['default'], models: ['default'], rules: ['default'] };

test('with REST the catalogue begins empty, whatever is said of brokers', () => {
  assert.deepEqual(idsWith(REST), NOTHING);
  assert.deepEqual(idsWith({ ...REST, FLAWLINE_MQTT_URL: 'mqtt://broker', FLAWLINE_RESULT_RENDER: 'mask' }), NOTHING);
  assert.deepEqual(loadWith({ env: REST }).config.source.topics, []);
});

for (const given of ['FLAWLINE_SOURCE_TOPICS', 'FLAWLINE_RULE_WHERE', 'FLAWLINE_SINK_TOPIC', 'FLAWLINE_MODEL_PATH']) {
  test(`with REST and ${given} there are the default objects as well`, () => {
    const value = given === 'FLAWLINE_RULE_WHERE' ? 'defect > 0' : 'a';
    assert.deepEqual(idsWith({ ...REST, [given]: value }), DEFAULTS);
  });
}

test('with REST a list of the file has its entries', () => {
  const { config } = loadText('streams: [{ id: left, topics: a }]\nrules: [{ id: r, where: defect > 0 }]', REST);
  assert.deepEqual([config.streams[0]?.id, config.rules[0]?.stream, config.models[0]?.id], ['left', 'left', 'default']);
});

test('without REST the default objects are there', () => {
  assert.deepEqual(idsWith({}), DEFAULTS);
});
