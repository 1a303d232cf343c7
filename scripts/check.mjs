// What a contributor must have green before a commit: format, lint and layers, dead code, and the tests that need no broker.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules/.bin', name);
const looks = [
  ['format', bin('biome'), ['format']],
  ['lint, layers, cycles', bin('biome'), ['lint', '--error-on-warnings']],
  ['dead code, dependencies', bin('knip'), []],
];
const tests = ['unit', 'property', 'contract', 'vectors', 'docs'];

console.error(`flawline check: ${looks.map(([name]) => name).join('; ')} …`);
const failed = (await Promise.all(looks.map(look))).filter((name) => name !== undefined);
if (failed.length > 0) fail(failed.join('" and "'), 1);

console.error(`flawline check: ${tests.join(', ')} …`);
const { status } = spawnSync(process.execPath, [join(root, 'scripts/run-tests.mjs'), ...tests], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) fail(tests.join(', '), status ?? 1);

/** They run side by side, each printing all that it has to say at its end. Resolves to the name of one that fails. */
function look([name, command, args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(data));
    child.on('error', (error) => said.push(Buffer.from(`${command} did not start: ${error.message}\n`)));
    child.on('close', (code) => {
      process.stderr.write(Buffer.concat(said));
      resolve(code === 0 ? undefined : name);
    });
  });
}

function fail(name, code) {
  console.error(`flawline check: "${name}" failed.`);
  process.exit(code);
}
