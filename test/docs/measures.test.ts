import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MEASURE_ROWS, RESULT_FIELDS } from '../../src/domain/measures.js';
import { loadWebAssets } from '../../src/http/web-assets.js';
import { VARIABLES } from '../../src/rules/where.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('the table of measures and what computes them are the only files that name every measure', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const naming = files.filter((file) => {
    if (!/\.(ts|js|html)$/.test(file)) return false;
    const text = readFileSync(join(root, 'src', file), 'utf8');
    return MEASURE_ROWS.every(([name]) => new RegExp(`\\b${name}\\b`).test(text));
  });
  assert.deepEqual(naming.sort(), ['domain/measures.ts', 'worker/postprocess/object-task.ts']);
});

test('docs/predicate.md lists every variable of predicates, with type and meaning of the measures', () => {
  const page = readFileSync(join(root, 'docs', 'predicate.md'), 'utf8');
  const section = page.split('\n## ').find((part) => part.startsWith('What it can look at')) ?? '';
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.*?) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
  const measures = MEASURE_ROWS.flatMap(([name, { celType, doc }]) =>
    celType === undefined ? [] : [[name, celType.replace(/^map<string, (\w+)>$/, 'map of $1'), doc]],
  );
  assert.deepEqual(rows.slice(0, measures.length), measures);
  assert.deepEqual(
    rows.map(([name]) => name),
    Object.keys(VARIABLES),
  );
});

test('docs/configuration.md lists every field of a result', () => {
  const page = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');
  assert.ok(page.includes(`NAME or NAME as ALIAS: ${RESULT_FIELDS.join(', ')}.`));
});

test('the live page gets its terms from the table of measures', async () => {
  const { byPath } = await loadWebAssets(join(root, 'src', 'web'));
  const [, json = ''] = /^export const TERMS = (.*);$/m.exec(String(byPath.get('/measures.js')?.body)) ?? [];
  const terms = MEASURE_ROWS.flatMap(([name, { term }]) => (term === undefined ? [] : [{ name, ...term }]));
  assert.deepEqual(JSON.parse(json), terms);
});
