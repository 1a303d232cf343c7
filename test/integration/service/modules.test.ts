/** What a service that needs no more than its environment must not load: each module costs its start. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

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
