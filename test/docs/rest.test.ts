/** docs/rest.md and docs/rest.openapi.json say what src/rest does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { createOpenApi } from '../support/rest-openapi.js';
import { loadExchanges } from '../support/service/rest-service.js';

const read = (name: string) => readFileSync(join(packageRoot, 'docs', name), 'utf8');
const page = read('rest.md');
const openApi = createOpenApi() as { readonly paths: Readonly<Record<string, object>> };

test('docs/rest.openapi.json is what npm run docs makes of the calls', () => {
  assert.deepEqual(JSON.parse(read('rest.openapi.json')), openApi);
});

test('docs/rest.md names every call', () => {
  const missing = Object.entries(openApi.paths).flatMap(([path, methods]) => {
    const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${path}\``));
    return Object.keys(methods)
      .filter((method) => !row?.includes(method.toUpperCase()))
      .map((method) => `${method} ${path}`);
  });
  assert.deepEqual(missing, []);
});

test('docs/rest.md has every exchange of the recording that is answered in another way, with why', () => {
  const different = loadExchanges().filter(({ compare }) => compare === 'different');
  const missing = different.filter(
    ({ method, path, why = '' }) =>
      !page.split('\n').some((line) => line.includes(`\`${method} ${path}\``) && line.includes(why)),
  );
  assert.deepEqual(
    missing.map(({ method, path }) => `${method} ${path}`),
    [],
  );
});

test('docs/rest.md has the counts of the recording', () => {
  const count = (kind?: string) => loadExchanges().filter(({ compare }) => compare === kind).length;
  assert.deepEqual([count(), count('figures'), count('paths'), count('different')], [131, 8, 4, 4]);
  assert.match(
    page,
    /of these 131 are answered .*\ntext, 8 with the same keys and other figures, 4 but for where files lie/,
  );
});
