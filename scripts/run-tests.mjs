// Runs the compiled tests of the named folders of test/ with node's own runner: `run-tests.mjs unit contract`.
// `--only WORD`, like any argument that is no such folder, keeps the files whose path has that word. Files are listed here,
// because Node 20's runner takes no globs.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A test that hangs is a failure, not the end of the run. Holds for each file as well. */
const TIMEOUT_MS = 600_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const onlyAt = args.indexOf('--only');
const known = ['unit', 'property', 'contract', 'vectors', 'docs', 'integration', 'e2e', 'deploy', 'faults', 'package'];
/** They mostly wait: for a broker's timer, a process that ends, a browser that starts. So more of them run at a time. */
const waiting = ['integration', 'e2e', 'deploy', 'faults'];
/** Takes minutes and the network: only when named. */
const onlyNamed = ['package'];
const words = onlyAt >= 0 ? args.splice(onlyAt, 2).slice(1) : [];
words.push(...args.filter((arg) => !known.includes(arg)));
const named = args.filter((arg) => known.includes(arg));
const folders = named.length > 0 ? named : known.filter((folder) => !onlyNamed.includes(folder));

const files = folders
  .flatMap((folder) => testsIn(join(root, 'build/test', folder)))
  .filter((file) => words.every((word) => relative(root, file).includes(word)));
if (files.length === 0) {
  console.error(
    `No test file in ${folders.join(', ')}${words.length > 0 ? ` with "${words.join('" and "')}" in its path` : ''}.`,
  );
  process.exit(1);
}
const concurrency = folders.every((folder) => waiting.includes(folder)) ? 4 : 2;
const reporter = process.env.CI || !process.stdout.isTTY ? ['--test-reporter=spec'] : [];
const { status } = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    ...reporter,
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${TIMEOUT_MS}`,
    ...files,
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'test' },
  },
);
process.exit(status ?? 1);

function testsIn(folder) {
  let entries = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // a folder that has no test yet
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testsIn(path);
    return entry.name.endsWith('.test.js') && existsSync(sourceOf(path)) ? [path] : [];
  });
}

// The compiler leaves the output of sources that were moved or deleted.
function sourceOf(compiled) {
  return join(root, relative(join(root, 'build'), compiled)).replace(/\.js$/, '.ts');
}
