// Makes a checkout runnable: dependencies, build, OpenVINO runtime. Plain JavaScript, because it runs before the compiler
// is there. Each step is skipped when its result is newer than what it is made from, so a second run costs next to nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  fail(
    `flawline needs Node ${wanted.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org/en/download`,
  );
}

// A Ctrl-C is for the step that runs as well: the prompt is back when that has ended, not while it goes on behind.
process.on('SIGINT', () => undefined);

const lockTime = modified('package-lock.json');
if (modified('node_modules/.package-lock.json') < lockTime) {
  const registry = registryOfNpm();
  step(`Installing dependencies (npm ci) from ${registry}`);
  // By itself npm tries a registry that does not answer for minutes, and says nothing.
  const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  run(
    'npm',
    ['ci', '--no-audit', '--no-fund', ...patience],
    `Is the registry of npm reachable, ${registry}? "npm ci" must work in this folder.`,
  );
}

const sources = newest(['src', 'test', 'bench', 'faults', 'tsconfig.json', 'package.json']);
if (modified('build/.stamp') < sources) {
  step('Compiling (tsc)');
  run(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', root],
    'The compiler names the file and line above.',
  );
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(root, 'build/.stamp'), '');
}

if (modified('build/bundle/cli.js') < modified('build/src/cli.js')) {
  step('Bundling (esbuild)');
  run(process.execPath, [join(root, 'scripts/bundle.mjs')], 'The bundler names the file above.');
}

if (process.argv.includes('--with-system')) {
  const { installSystemPackages } = await import('./system-packages.mjs');
  installSystemPackages();
}

if (!process.argv.includes('--no-runtime')) {
  run(process.execPath, [join(root, 'bin/flawline.js'), 'setup', '--quiet-if-present'], undefined);
}

/** Where npm looks, without what a URL may hold of a login. */
function registryOfNpm() {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' });
  const text = (stdout ?? '').trim();
  return URL.canParse(text) ? new URL(text).origin : 'its registry';
}

/** Newest modification time below the given paths, milliseconds; 0 when there are none. */
function newest(paths) {
  let time = 0;
  for (const path of paths) {
    const full = join(root, path);
    if (!existsSync(full)) continue;
    const stat = statSync(full);
    time = Math.max(time, stat.mtimeMs);
    if (stat.isDirectory()) time = Math.max(time, newest(readdirSync(full).map((name) => join(path, name))));
  }
  return time;
}

function modified(path) {
  const full = join(root, path);
  return existsSync(full) ? statSync(full).mtimeMs : 0;
}

function run(command, args, hint) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) fail(`${command} did not start: ${error.message}`);
  if (status !== 0) {
    if (status === null) process.exit(130); // by a signal
    if (hint) console.error(`flawline set-up stopped: ${command} ended with ${status}. ${hint}`);
    process.exit(status);
  }
}

function step(text) {
  console.error(`flawline: ${text} …`);
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
