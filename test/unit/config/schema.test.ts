import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEYS, variableOf } from '../../../src/config/schema.js';
import { FORMATS } from '../../../src/config/value-kinds.js';

for (const [path, variable] of [
  ['limits.maxPayloadBytes', 'FLAWLINE_LIMITS_MAX_PAYLOAD_BYTES'],
  ['mqtt.url', 'FLAWLINE_MQTT_URL'],
  ['mqtt.passwordFile', 'FLAWLINE_MQTT_PASSWORD_FILE'],
  ['engine', 'FLAWLINE_ENGINE'],
] as const) {
  test(`variableOf() makes ${variable} of ${path}`, () => assert.equal(variableOf(path), variable));
}

test('KEYS have a variable each', () => {
  assert.equal(new Set([...KEYS.keys()].map(variableOf)).size, KEYS.size);
});

test('KEYS have sound defaults', () => {
  const faulty = [...KEYS].filter(
    ([, spec]) => spec.default !== null && FORMATS[spec.format].fault(spec.default, spec),
  );
  assert.deepEqual(faulty, []);
});
