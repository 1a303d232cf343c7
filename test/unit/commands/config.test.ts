import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configCheck, configSchema } from '../../../src/commands/config.js';
import { createJsonSchema } from '../../../src/config/json-schema.js';
import { optionsWith } from '../../support/config-folder.js';

function recorder() {
  const written = { stdout: '', stderr: '' };
  const stdout = (text: string) => {
    written.stdout += text;
  };
  const stderr = (text: string) => {
    written.stderr += text;
  };
  return { written, output: { stdout, stderr } };
}

test('configCheck() prints a line each: values to stdout, notes and warnings to stderr', () => {
  const { written, output } = recorder();
  configCheck(optionsWith({ env: { FLAWLINE_NOTHING: 'x' } }), output);
  assert.match(written.stdout, /^# no configuration file\nmqtt\.url +mqtt:\/\/localhost:1883 +default\n/);
  assert.match(written.stderr, /^note: .*\nwarning: .*\n$/);
});

test('configCheck() prints nothing when there are faults', () => {
  const { written, output } = recorder();
  assert.throws(() => configCheck(optionsWith({ env: { FLAWLINE_HTTP_PORT: 'x' } }), output), { code: 'ERR_CONFIG' });
  assert.equal(written.stdout, '');
});

test('configSchema() prints the JSON Schema', () => {
  const { written, output } = recorder();
  configSchema(output);
  assert.deepEqual(JSON.parse(written.stdout), JSON.parse(JSON.stringify(createJsonSchema())));
});
