import assert from 'node:assert/strict';
import { test } from 'node:test';
import { config } from '../../../src/cli/config.js';
import { recordedIo } from '../../support/service/command-io.js';

const NO_OPTIONS = { config: undefined, picture: undefined };

test('config check prints every value to stdout, notes and warnings to stderr', async () => {
  const io = recordedIo({ env: { FLAWLINE_NOTHING: 'x' } });
  assert.equal(await config.run(NO_OPTIONS, ['check'], io), 0);
  assert.match(io.out(), /^# no configuration file\nmqtt\.url +mqtt:\/\/localhost:1883 +default\n/);
  assert.match(io.err(), /warning: FLAWLINE_NOTHING/);
});

test('config check prints nothing when there are faults', async () => {
  const io = recordedIo({ env: { FLAWLINE_HTTP_PORT: 'x' } });
  await assert.rejects(config.run(NO_OPTIONS, ['check'], io), { code: 'ERR_CONFIG' });
  assert.equal(io.out(), '');
});

test('config check refuses a topic that is read and published', async () => {
  const io = recordedIo({ env: { FLAWLINE_SOURCE_TOPICS: 'ekuiper/#' } });
  await assert.rejects(config.run(NO_OPTIONS, ['check'], io), {
    code: 'ERR_CONFIG',
    message: /ekuiper\/# takes in ekuiper\/defect/,
  });
});

test('config check compares the classes of predicates with those that the model is said to have', async () => {
  const env = { FLAWLINE_MODEL_CLASSES: 'background,crack', FLAWLINE_RULE_WHERE: 'defects.crak > 0' };
  const io = recordedIo({ env });
  await assert.rejects(config.run(NO_OPTIONS, ['check'], io), { code: 'ERR_CONFIG', message: /did you mean crack\?/ });
});

test('config check refuses defects by name where the model names no classes', async () => {
  const io = recordedIo({ env: { FLAWLINE_RULE_WHERE: 'defects.crack > 0' } });
  const refusal = { code: 'ERR_CONFIG', message: /the model has no classes, so it has no defects by name/ };
  await assert.rejects(config.run(NO_OPTIONS, ['check'], io), refusal);
});

test('config check needs no model', async () => {
  const io = recordedIo({ env: { FLAWLINE_MODEL_PATH: 'nowhere.onnx' } });
  assert.equal(await config.run(NO_OPTIONS, ['check'], io), 0);
  assert.match(io.err(), /note: predicates are not compared .*nowhere\.onnx/);
});

test('config schema prints the JSON Schema', async () => {
  const io = recordedIo();
  assert.equal(await config.run(NO_OPTIONS, ['schema'], io), 0);
  assert.equal(JSON.parse(io.out()).$schema, 'https://json-schema.org/draft/2020-12/schema');
});

test('config refuses another action', async () => {
  await assert.rejects(config.run(NO_OPTIONS, ['dump'], recordedIo()), { name: 'UsageError' });
});
