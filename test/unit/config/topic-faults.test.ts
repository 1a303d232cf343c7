/** What the service publishes must not come back as input, and every output topic must be one for every input. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { loadText, loadWith } from '../../support/service/config-folder.js';

type Env = Readonly<Record<string, string>>;

/** The details of the refusal: rule, value and origin by key. */
function faults(load: () => unknown): Readonly<Record<string, unknown>> {
  try {
    load();
    return {};
  } catch (error) {
    return error instanceof ServiceError ? error.details : assert.fail(String(error));
  }
}

const READ: readonly (readonly [what: string, env: Env])[] = [
  ['a result topic', { FLAWLINE_SOURCE_TOPICS: 'ekuiper/+' }],
  ['the dead letters', { FLAWLINE_SOURCE_TOPICS: 'flawline/+/dead-letter' }],
  ['the state', { FLAWLINE_SOURCE_TOPICS: 'flawline/flawline/state' }],
  ['the health messages', { FLAWLINE_SOURCE_TOPICS: 'flawline/+/health' }],
  ['a shared subscription', { FLAWLINE_SOURCE_TOPICS: '$share/g/ekuiper/defect' }],
  ['a topic that a placeholder makes', { FLAWLINE_SOURCE_TOPICS: 'a/#', FLAWLINE_SINK_TOPIC: '{topic}' }],
  ['an allowed response topic', { FLAWLINE_SOURCE_TOPICS: 'flawline/x/response/1', FLAWLINE_RESULT_REPLY: 'true' }],
];
for (const [what, env] of READ) {
  test(`topicFaults() refuses to read ${what}`, () => {
    const found = faults(() => loadWith({ env }));
    assert.deepEqual(Object.keys(found), ['source.topics']);
    assert.match(String(found['source.topics']), /takes in .*\(environment FLAWLINE_SOURCE_TOPICS\)$/);
  });
}

test('topicFaults() accepts a response topic that nothing is published to', () => {
  assert.deepEqual(
    faults(() => loadWith({ env: { FLAWLINE_SOURCE_TOPICS: 'flawline/x/response/1' } })),
    {},
  );
});

test('topicFaults() refuses a level that not every input topic has', () => {
  const env = { FLAWLINE_SOURCE_TOPICS: 'a/b/c/d,a/#,a/b', FLAWLINE_SINK_TOPIC: 'out/{topic[3]}' };
  const found = faults(() => loadWith({ env }));
  assert.deepEqual(Object.keys(found), ['sink.topic']);
  assert.match(String(found['sink.topic']), /\{topic\[3\]\}.*: a\/b has none: out\/\{topic\[3\]\} \(environment/);
});

test('topicFaults() names the rule whose topic has no such level', () => {
  const text = 'rules: [{id: all, where: "true"}, {id: b, where: "true", topic: "out/{topic[1]}"}]\n';
  assert.match(String(faults(() => loadText(text))['rules']), /of rule b .*\{topic\[1\]\}/);
});

test('topicFaults() refuses dead letters on a topic that depends on the input', () => {
  const found = faults(() => loadWith({ env: { FLAWLINE_DEAD_LETTER_TOPIC: 'dead/{topic}' } }));
  assert.deepEqual(Object.keys(found), ['deadLetter.topic']);
});

test('loadConfig() tells faults of topics beside all others', () => {
  const env = { FLAWLINE_SOURCE_TOPICS: 'ekuiper/+', FLAWLINE_HTTP_PORT: 'x', FLAWLINE_LIMITS_IN_FLIGHT: '6' };
  assert.deepEqual(Object.keys(faults(() => loadWith({ env }))).sort(), [
    'http.port',
    'limits.inFlight',
    'source.topics',
  ]);
});
