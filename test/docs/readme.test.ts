import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../../src/cli/table.js';
import { FORMAT_ROWS } from '../../src/imaging/formats.js';

import { createConfigFolder, loadText } from '../support/service/config-folder.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

test('README.md has every command in its table, and no other', () => {
  const named = [...readme.matchAll(/^\| `flawline (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), Object.keys(COMMANDS).sort());
});

test('README.md shows options that the commands have', async () => {
  const wrong: string[] = [];
  for (const [, name = '', rest = ''] of readme.matchAll(/(?:npx |`)flawline (\w+)([^`\n]*)/g)) {
    const command = await COMMANDS[name]?.load();
    for (const [, option = ''] of rest.replaceAll('\\|', '|').matchAll(/--([a-z-]+)/g)) {
      if (option !== 'config' && option !== 'help' && command?.options[option] === undefined)
        wrong.push(`${name} --${option}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('README.md names npm scripts that are there', () => {
  const scripts = JSON.parse(read('package.json')).scripts;
  const named = [...readme.matchAll(/npm (?:run )?(test|demo|setup|check)\b/g)].map(([, name = '']) => name);
  assert.ok(named.length > 0);
  for (const name of named) assert.ok(scripts[name], name);
});

test('README.md has a configuration that loads', () => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(readme) ?? [];
  using folder = createConfigFolder({ secret: 'x' });
  const { config } = loadText(yaml.replace('/run/secrets/mqtt', join(folder.path, 'secret')));
  assert.deepEqual(config.source.topics, ['line/+/camera']);
});

test('README.md lists the picture formats of the table, in its order', () => {
  const [, list = ''] = /^- (.*?), as base64 in JSON or as they are\./m.exec(readme) ?? [];
  assert.deepEqual(
    list.split(', '),
    FORMAT_ROWS.map(([, { label }]) => label),
  );
});
