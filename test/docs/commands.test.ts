/** Every page: commands, options, variables and configurations in it are those of the code. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/table.js';
import { KEYS, variableOf } from '../../src/config/schema.js';
import { packageRoot } from '../../src/std/package-root.js';
import { loadText } from '../support/service/config-folder.js';

const folder = join(packageRoot, 'docs');
const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
const variables = new Set([...KEYS.keys()].map(variableOf));

for (const [name, text] of pages) {
  test(`docs/${name} shows commands and options that are there`, async () => {
    const wrong: string[] = [];
    for (const [, command = '', rest = ''] of text.matchAll(/npx flawline ([a-z]+)([^`\n]*)/g)) {
      const found = await COMMANDS[command]?.load();
      if (found === undefined) wrong.push(command);
      for (const [, option = ''] of rest.matchAll(/--([a-z-]+)/g)) {
        if (!['config', 'help'].includes(option) && found?.options[option] === undefined)
          wrong.push(`${command} --${option}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test(`docs/${name} sets variables that are there`, () => {
    const named = [...text.matchAll(/\b(FLAWLINE_[A-Z0-9_]+)=/g)].map(([, variable = '']) => variable);
    const known = (variable: string) => variables.has(variable) || variable === 'FLAWLINE_CONFIG';
    assert.deepEqual(
      named.filter((variable) => !known(variable)),
      [],
    );
  });
}

test('docs/migration.md has the configuration of the tutorial, which changes no default', () => {
  const text = pages.find(([name]) => name === 'migration.md')?.[1] ?? '';
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
  const { config } = loadText(yaml.replace(/^ {3}/gm, ''));
  const plain = loadText('mqtt: {}\n').config;
  assert.deepEqual(config, plain);
});
