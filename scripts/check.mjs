// What a contributor must have green before a commit: format, lint and layers, dead code, and the tests that need no broker.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules/.bin', name);
const steps = [
  ['format', bin('biome'), ['format']],
  ['lint, layers, cycles', bin('biome'), ['lint', '--error-on-warnings']],
  ['types of the live page', bin('tsc'), ['-p', 'tsconfig.web.json']],
  ['dead code, dependencies', bin('knip'), []],
  [
    'unit, property, contract, vectors, docs',
    process.execPath,
    [join(root, 'scripts/run-tests.mjs'), 'unit', 'property', 'contract', 'vectors', 'docs'],
  ],
];
for (const [name, command, args] of steps) {
  console.error(`flawline check: ${name} …`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`flawline check: "${name}" failed.`);
    process.exit(status ?? 1);
  }
}
