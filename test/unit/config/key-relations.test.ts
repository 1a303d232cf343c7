import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { createConfigFolder, loadWith } from '../../support/service/config-folder.js';

type Env = Readonly<Record<string, string>>;

function faultyKeys(env: Env): readonly string[] {
  try {
    loadWith({ env });
    return [];
  } catch (error) {
    return error instanceof ServiceError ? Object.keys(error.details) : assert.fail(String(error));
  }
}

const REFUSED: readonly (readonly [rule: string, key: string, env: Env])[] = [
  ['an own limit below the broker’s window', 'limits.inFlight', { FLAWLINE_LIMITS_IN_FLIGHT: '6' }],
  ['a window above the derived limit', 'limits.inFlight', { FLAWLINE_MQTT_RECEIVE_MAXIMUM: '12' }],
  [
    'a byte budget that cannot hold one message',
    'limits.inFlightBytes',
    { FLAWLINE_LIMITS_IN_FLIGHT_BYTES: '16777215' },
  ],
  [
    'the bytes of a picture that is not rendered',
    'result.encoding',
    { FLAWLINE_RESULT_ENCODING: 'binary', FLAWLINE_RESULT_RENDER: 'none' },
  ],
  [
    'a folder of the C library for the npm package',
    'openvino.dir',
    { FLAWLINE_ENGINE: 'openvino-node', FLAWLINE_OPENVINO_DIR: '/opt/openvino' },
  ],
  ['REST without a folder for what it makes', 'catalogue.path', { FLAWLINE_REST_ENABLED: 'true' }],
  [
    'REST for other machines without a token',
    'rest.token',
    { FLAWLINE_REST_ENABLED: 'true', FLAWLINE_CATALOGUE_PATH: '/kept', FLAWLINE_REST_HOST: '0.0.0.0' },
  ],
  ['a certificate without its key', 'mqtt.keyFile', { FLAWLINE_MQTT_CERT_FILE: process.execPath }],
  ['a key without its certificate', 'mqtt.certFile', { FLAWLINE_MQTT_KEY_FILE: process.execPath }],
  ['a CA file that is not there', 'mqtt.caFile', { FLAWLINE_MQTT_CA_FILE: '/nowhere/ca.pem' }],
  ['a CA file of the sink that is not there', 'sink.caFile', { FLAWLINE_SINK_CA_FILE: '/nowhere/ca.pem' }],
  [
    'a password in plain text to another machine',
    'mqtt.url',
    {
      FLAWLINE_MQTT_URL: 'mqtt://localhost,ws://b',
      FLAWLINE_MQTT_PASSWORD: 'x',
      FLAWLINE_SINK_URL: 'mqtt://localhost',
    },
  ],
  [
    'an inherited password in plain text to another machine',
    'sink.url',
    { FLAWLINE_MQTT_URL: 'mqtts://b', FLAWLINE_MQTT_PASSWORD: 'x', FLAWLINE_SINK_URL: 'tcp://b' },
  ],
  [
    'a password without a user name on MQTT 3.1.1',
    'mqtt.username',
    { FLAWLINE_MQTT_PROTOCOL_VERSION: '4', FLAWLINE_MQTT_PASSWORD: 'x', FLAWLINE_SINK_USERNAME: 'u' },
  ],
  ['a copied field that results have', 'result.copyFields', { FLAWLINE_RESULT_COPY_FIELDS: 'line,defect' }],
  [
    'a copied field that is an alias',
    'result.copyFields',
    { FLAWLINE_RESULT_COPY_FIELDS: 'line', FLAWLINE_RESULT_FIELDS: 'defect as line' },
  ],
  ['copying the picture', 'result.copyFields', { FLAWLINE_RESULT_COPY_FIELDS: 'image' }],
];
for (const [rule, key, env] of REFUSED) {
  test(`crossFaults() refuses ${rule}`, () => assert.deepEqual(faultyKeys(env), [key]));
}

const ACCEPTED: readonly (readonly [string, Env])[] = [
  ['an own limit just above the broker’s window', { FLAWLINE_LIMITS_IN_FLIGHT: '7' }],
  ['a byte budget of one message', { FLAWLINE_LIMITS_IN_FLIGHT_BYTES: '16777216' }],
  [
    'a password to this machine',
    { FLAWLINE_MQTT_URL: 'mqtt://127.0.0.1,ws://[::1]:8083', FLAWLINE_MQTT_PASSWORD: 'x' },
  ],
  ['a password over TLS', { FLAWLINE_MQTT_URL: 'mqtts://b,wss://b', FLAWLINE_MQTT_PASSWORD: 'x' }],
  [
    'a password in plain text where that is allowed',
    { FLAWLINE_MQTT_URL: 'tcp://b', FLAWLINE_MQTT_PASSWORD: 'x', FLAWLINE_MQTT_ALLOW_PLAINTEXT_PASSWORD: 'true' },
  ],
  ['copied fields of the message', { FLAWLINE_RESULT_COPY_FIELDS: 'line,shift' }],
];
for (const [rule, env] of ACCEPTED) {
  test(`crossFaults() accepts ${rule}`, () => assert.deepEqual(faultyKeys(env), []));
}

test('crossFaults() looks at a relative certificate path from the given folder', () => {
  using folder = createConfigFolder({ 'ca.pem': 'x' });
  assert.doesNotThrow(() => loadWith({ cwd: folder.path, env: { FLAWLINE_MQTT_CA_FILE: 'ca.pem' } }));
});

test('remarks() warns when pictures would be open to others', () => {
  const { warnings } = loadWith({ env: { FLAWLINE_HTTP_HOST: '0.0.0.0' } });
  assert.deepEqual(warnings, [
    'http.host is open to others without http.token, so that pictures and /inspect are off: 0.0.0.0',
  ]);
});

test('remarks() warns when another broker gets the password of mqtt, without printing it', () => {
  const env = { FLAWLINE_MQTT_PASSWORD: 'hunter2', FLAWLINE_SINK_URL: 'mqtts://other' };
  assert.deepEqual(loadWith({ env }).warnings, ['sink.url gets the user name and password of mqtt: mqtts://other']);
});

for (const [ok, warning] of [
  ['area < 5', 'rule.ok is true for every picture, so that all pass: area < 5'],
  [
    'area > 5',
    'rule.ok is true for no picture, so that none passes, as area is a fraction from 0 to 1: 5 % is 0.05: area > 5',
  ],
] as const) {
  test(`remarks() warns of a verdict that is always the same: ${ok}`, () => {
    assert.deepEqual(loadWith({ env: { FLAWLINE_RULE_OK: ok } }).warnings, [warning]);
  });
}

test('remarks() warns of a verdict of a rule that is always the same', () => {
  using folder = createConfigFolder({ 'c.yaml': 'rules: [{ id: a, where: defect > 0, ok: defect < 0 }]' });
  const { warnings } = loadWith({ cwd: folder.path, file: 'c.yaml' });
  assert.deepEqual(warnings, [
    'ok of rules (a) is true for no picture, so that none passes, as defect is never below 0: defect < 0',
  ]);
});
