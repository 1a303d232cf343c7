import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { createConfigFolder, loadText, loadWith } from '../../support/service/config-folder.js';

/** The details of the ERR_CONFIG that `load` throws: key → sentence. */
function faultsOf(load: () => unknown): Readonly<Record<string, unknown>> {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    assert.equal(error.code, 'ERR_CONFIG');
    return error.details;
  }
  assert.fail('loaded');
}

test('loadConfig() reports every fault at once, each with value, rule and origin', () => {
  const text = 'limits:\n  maxPixels: -1\n  jobTimeoutMs: 12abc\nlog: {level: loud}\n';
  const faults = faultsOf(() => loadText(text, { FLAWLINE_HTTP_PORT: '99999', FLAWLINE_MQTT_INSECURE: 'maybe' }));
  assert.deepEqual(faults, {
    'mqtt.insecure': 'must be true or false: maybe (environment FLAWLINE_MQTT_INSECURE)',
    'limits.maxPixels': 'must be a whole number from 1 to 1000000000: -1 (file a.yaml, line 2)',
    'limits.jobTimeoutMs': 'must be a whole number from 100 to 3600000: 12abc (file a.yaml, line 3)',
    'http.port': 'must be a whole number from 0 to 65535: 99999 (environment FLAWLINE_HTTP_PORT)',
    'log.level': 'must be fatal or error or warn or info or debug or trace or silent: loud (file a.yaml, line 4)',
  });
});

test('loadConfig() has a line for each fault in its message', () => {
  assert.throws(() => loadText('limits: {maxPixels: 0, inFlight: 1}\n'), {
    message:
      'Cannot use the configuration as it has 2 faults:\n' +
      '  limits.maxPixels must be a whole number from 1 to 1000000000: 0 (file a.yaml, line 1)\n' +
      '  limits.inFlight must be a whole number from 2 to 1000000: 1 (file a.yaml, line 1)',
  });
});

test('loadConfig() names the nearest key for an unknown one, and never its value', () => {
  const faults = faultsOf(() => loadText('mqtt:\n  pasword: hunter2\n'));
  assert.deepEqual(faults, {
    'mqtt.pasword': 'is not a known key (did you mean mqtt.password?) (file a.yaml, line 2)',
  });
});

test('loadConfig() refuses __proto__ as a key like any other unknown one', () => {
  const faults = faultsOf(() => loadText('__proto__: {polluted: 1}\n'));
  assert.match(String(Object.getOwnPropertyDescriptor(faults, '__proto__')?.value), /is not a known key/);
});

test('loadConfig() warns of an unknown FLAWLINE_ variable with the nearest known one', () => {
  const { warnings } = loadWith({ env: { FLAWLINE_SOURCE_TOPIC: 'a', OTHER: 'b' } });
  assert.deepEqual(warnings, ['FLAWLINE_SOURCE_TOPIC is not a known variable (did you mean FLAWLINE_SOURCE_TOPICS?)']);
});

// JavaScript cannot make text of such an object.
for (const key of ['"mqtt":{"url"', '"log":{"level"', '"source":{"qos"', '"source":{"topics"']) {
  test(`loadConfig() has a fault for {${key}: [{"toString": ""}]}}`, () => {
    assert.throws(() => loadText(`{${key}:[{"toString":"","valueOf":""}]}}`), { code: 'ERR_CONFIG' });
  });
}

test('loadConfig() says why QoS 2 is refused', () => {
  const faults = faultsOf(() => loadWith({ env: { FLAWLINE_SOURCE_QOS: '2' } }));
  assert.match(String(faults['source.qos']), /its acknowledgement comes before the work, so a crash loses pictures/);
});

test('loadConfig() checks the text of a secret file as if it had been given', () => {
  using folder = createConfigFolder({ token: 'two words' });
  const faults = faultsOf(() => loadWith({ cwd: folder.path, env: { FLAWLINE_HTTP_TOKEN_FILE: 'token' } }));
  assert.deepEqual(faults, { 'http.token': 'must be printable ASCII without blanks: (hidden) (secret file token)' });
});

for (const [title, env, file] of [
  ['a missing', { FLAWLINE_MQTT_PASSWORD_FILE: 'none' }, {}],
  ['an empty', { FLAWLINE_MQTT_PASSWORD_FILE: 'empty' }, { empty: '\n' }],
  ['a second source for a', { FLAWLINE_MQTT_PASSWORD_FILE: 'a', FLAWLINE_MQTT_PASSWORD: 'x' }, { a: 'y' }],
] as const) {
  test(`loadConfig() refuses ${title} secret`, () => {
    using folder = createConfigFolder(file);
    assert.deepEqual(Object.keys(faultsOf(() => loadWith({ cwd: folder.path, env }))), ['mqtt.passwordFile']);
  });
}

test('loadConfig() refuses rules beside each of the keys that they replace', () => {
  const text = 'rule: {where: "true"}\nsink: {topic: t}\nresult: {fields: defect}\nrules: [{id: a, where: "true"}]\n';
  assert.deepEqual(Object.keys(faultsOf(() => loadText(text))), ['rule.where', 'sink.topic', 'result.fields']);
});

test('loadConfig() warns of rules that are true for every picture, and notes it of the default', () => {
  assert.deepEqual(loadWith().warnings, []);
  assert.equal(loadWith().notes.length, 1);
  const { warnings, notes } = loadText('rule: {where: defect > -1}\n');
  assert.deepEqual([warnings.length, notes.length], [1, 0]);
});

test('loadConfig() warns of rules that are true for no picture, with the number that is meant', () => {
  const { warnings } = loadText('rules:\n- {id: a, where: area > 5}\n- {id: b, where: defect > 0}\n');
  assert.deepEqual(warnings, [
    'rules (a) is true for no picture, so that no result is published, as area is a fraction from 0 to 1: 5 % is 0.05: area > 5',
  ]);
});

test('loadConfig() warns of what the engine does not use', () => {
  const env = { FLAWLINE_ENGINE: 'openvino-node', FLAWLINE_WORKERS_WIDE: 'false' };
  assert.deepEqual(loadWith({ env }).warnings, [
    'workers.wide does nothing with engine openvino-node, which has one thread a worker',
  ]);
});

test('loadConfig() has a line for each fault of a rule, with its place', () => {
  const text = 'rules:\n- id: a\n  where: defect\n  render: big\n- {id: a, where: defect = 1}\n';
  const faults = faultsOf(() => loadText(text));
  assert.deepEqual(Object.keys(faults), ['rules[0].where', 'rules[0].render', 'rules[1].where', 'rules[1].id']);
  assert.match(String(faults['rules[0].render']), /^must be pair or .*: big \(file .*, line 4\)$/);
  assert.match(String(faults['rules[1].where']), /"=" is not CEL: write ==: defect = 1 \(file .*, line 5\)$/);
});

test('loadConfig() looks at the rules between keys as if a faulty value had its default', () => {
  const env = {
    FLAWLINE_RESULT_FIELDS: 'nonsense',
    FLAWLINE_RESULT_COPY_FIELDS: 'origin',
    FLAWLINE_WORKERS_COUNT: 'many',
    FLAWLINE_LIMITS_IN_FLIGHT: '6',
  };
  const keys = Object.keys(faultsOf(() => loadWith({ env })));
  assert.deepEqual(keys, ['result.fields', 'workers.count', 'limits.inFlight', 'result.copyFields']);
});

test('loadConfig() refuses a named file that is not there', () => {
  assert.match(String(faultsOf(() => loadWith({ file: 'none.yaml' }))['none.yaml']), /must be a readable file: ENOENT/);
});
