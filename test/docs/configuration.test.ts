import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createJsonSchema } from '../../src/config/describe.js';
import { KEYS, variableOf } from '../../src/config/schema.js';
import { configurationTable, exampleYaml, RULES_EXAMPLE, TABLE_END, TABLE_START } from '../support/config-docs.js';
import { createConfigFolder, loadText, loadWith } from '../support/service/config-folder.js';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/configuration.md');

test('docs/configuration.md has the table of the schema (else: npm run docs)', () => {
  assert.equal(page.split(TABLE_START)[1]?.split(TABLE_END)[0]?.trim(), configurationTable());
});

test('docs/configuration.md names no key and no variable that is not there', () => {
  const known = new Set<string>([...KEYS.keys(), ...[...KEYS.keys()].map(variableOf), 'FLAWLINE_CONFIG', 'FLAWLINE_']);
  const sections = [...new Set([...KEYS.keys()].map((path) => path.split('.')[0]))].join('|');
  const named = page.match(new RegExp(`FLAWLINE_[A-Z0-9_]*|(?<=\`)(${sections})\\.[A-Za-z.]+(?=\`)`, 'g')) ?? [];
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});

test('docs/configuration.md has examples that load', () => {
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
  using folder = createConfigFolder({ secret: 'x' });
  for (const text of examples) loadText(text.replace('/run/secrets/mqtt', `${folder.path}/secret`));
  assert.equal(examples.length, 6);
});

test('config/flawline.schema.json is the generated schema (else: npm run docs)', () => {
  assert.deepEqual(JSON.parse(read('config/flawline.schema.json')), JSON.parse(JSON.stringify(createJsonSchema())));
});

test('config/flawline.example.yaml is the generated example (else: npm run docs)', () => {
  assert.equal(read('config/flawline.example.yaml'), exampleYaml());
});

test('config/flawline.example.yaml loads and is equal to the defaults', () => {
  const { config, warnings } = loadText(read('config/flawline.example.yaml'));
  assert.deepEqual(config, loadWith().config);
  assert.deepEqual(warnings, []);
});

test('config/flawline.example.yaml names every key', () => {
  const example = read('config/flawline.example.yaml');
  const lines = [...KEYS.keys()].map((path) => new RegExp(`^ *(# )?${path.split('.').at(-1)}:( |$)`, 'm'));
  assert.deepEqual(
    lines.filter((line) => !line.test(example)),
    [],
  );
});

test('RULES_EXAMPLE loads', () => {
  assert.deepEqual(
    loadText(RULES_EXAMPLE).config.rules.map(({ id }) => id),
    ['all', 'found'],
  );
});
