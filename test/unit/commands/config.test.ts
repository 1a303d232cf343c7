import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configCheck, configSchema } from '../../../src/commands/config.js';
import { createJsonSchema } from '../../../src/config/json-schema.js';
import { optionsWith } from '../../support/config-folder.js';

function recorder() {
  const lines: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
  return {
    lines,
    output: { stdout: (line: string) => lines.stdout.push(line), stderr: (line: string) => lines.stderr.push(line) },
  };
}

test('configCheck() prints values to stdout, notes and warnings to stderr', () => {
  const { lines, output } = recorder();
  configCheck(optionsWith({ env: { FLAWLINE_NOTHING: 'x' } }), output);
  assert.match(lines.stdout[1] ?? '', /^mqtt\.url +mqtt:\/\/localhost:1883 +default$/);
  assert.deepEqual(
    lines.stderr.map((line) => line.split(':')[0]),
    ['note', 'warning'],
  );
});

test('configCheck() prints nothing when there are faults', () => {
  const { lines, output } = recorder();
  assert.throws(() => configCheck(optionsWith({ env: { FLAWLINE_HTTP_PORT: 'x' } }), output), { code: 'ERR_CONFIG' });
  assert.deepEqual(lines.stdout, []);
});

test('configSchema() prints the JSON Schema', () => {
  const { lines, output } = recorder();
  configSchema(output);
  assert.deepEqual(JSON.parse(lines.stdout.join('\n')), JSON.parse(JSON.stringify(createJsonSchema())));
});
