/** What a service that needs no more than its environment must not load: each module costs its start. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/std/package-root.js';

test('the code of REST is loaded by nothing that is loaded without it', () => {
  const folder = join(packageRoot, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const importers = files.filter((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    return lines.some(
      (line) =>
        /^import (?!type ).*'(\.\.\/)+rest\/|\} from '(\.\.\/)+rest\//.test(line) && !line.startsWith('import type'),
    );
  });
  // migrate reads actions as REST does; it is loaded by its command alone.
  assert.deepEqual(importers, ['cli/migrate/to-file.ts']);
});

const LOADERS = ['cli/serve.js', 'model/load-model.js', 'service/service.js'];

test('the code of the service loads no YAML library, HTTP client or archive reader before it is needed', () => {
  const imports = LOADERS.map(
    (file) => `await import(${JSON.stringify(new URL(`../../../src/${file}`, import.meta.url).href)});`,
  );
  const report = `${imports.join('')}
    const { createRequire } = await import('node:module');
    const { cache } = createRequire(${JSON.stringify(import.meta.url)});
    console.log(JSON.stringify(Object.keys(cache)));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', report], {
    encoding: 'utf8',
  });
  const loaded: readonly string[] = JSON.parse(stdout || '[]');
  assert.ok(loaded.length > 0, stderr);
  const unwanted = /node_modules\/(yaml|undici|yauzl|aedes|opencv-wasm)\//;
  assert.deepEqual(
    loaded.filter((file) => unwanted.test(file)),
    [],
  );
});
