/** SQL is loaded by the first rule that is written in it: a service without one must not pay for the parser. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/std/package-root.js';

const src = join(packageRoot, 'src');
const STATIC_IMPORT = /^(?:import|export)\s(?!type\b)[^;]*?from '(\.[^']+)\.js';/gm;

/** Every module that is loaded with those of `entries`. */
function loadedWith(entries: readonly string[]): ReadonlySet<string> {
  const loaded = new Set<string>();
  const open = entries.map((entry) => join(src, entry));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    for (const [, path = ''] of readFileSync(`${file}.ts`, 'utf8').matchAll(STATIC_IMPORT)) {
      open.push(join(dirname(file), path));
    }
  }
  return loaded;
}

test('neither the service nor a worker loads the parser of SQL at its start', () => {
  const loaded = loadedWith(['cli', 'cli/serve', 'service/startup', 'worker/worker-entry', 'worker/isolated-entry']);
  assert.ok(loaded.has(join(src, 'service/row-rules')), 'modules are followed');
  assert.deepEqual(
    [...loaded].filter((file) => file.startsWith(join(src, 'sql/'))),
    [],
  );
});

test('a rule in SQL does', () => assert.ok(loadedWith(['worker/select-rule']).has(join(src, 'sql/parser'))));
