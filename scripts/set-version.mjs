// Writes the number of a version in every place that has it, and dates the changelog:
//   node scripts/set-version.mjs 0.2.0 [YYYY-MM-DD]     nothing is committed; the day is today's unless given
//   node scripts/set-version.mjs --check                ends with 1 where a place has another number than package.json
// `--in FOLDER` works on another checkout.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NUMBER = String.raw`\d+\.\d+\.\d+`;
/** Each pattern's group is the number, wherever it matches; it must match this often. */
const PLACES = [
  ['package.json', `^  "version": "(${NUMBER})"`, 1],
  // Of the lock file itself, and of its root package.
  ['package-lock.json', `^(?:  "version"|  "packages": \\{\\n    "": \\{\\n.*\\n      "version"): "(${NUMBER})"`, 2],
  ['training/pyproject.toml', `^version = "(${NUMBER})"`, 1],
  ['deploy/helm/flawline/Chart.yaml', `^(?:version|appVersion): (${NUMBER})$`, 2],
  ['docker-compose.yml', `image: flawline:(${NUMBER})$`, 4],
  ['docs/deploy.md', `flawline:(${NUMBER})`, 4],
];

const args = process.argv.slice(2);
const inAt = args.indexOf('--in');
const root = inAt >= 0 ? args.splice(inAt, 2)[1] : fileURLToPath(new URL('..', import.meta.url));
const [version = '', day = new Date().toISOString().slice(0, 10)] = args;
const read = (path) => readFileSync(join(root, path), 'utf8');
const current = JSON.parse(read('package.json')).version;

const wrong = PLACES.flatMap(([path, pattern, count]) => {
  const numbers = [...read(path).matchAll(new RegExp(pattern, 'gm'))].map(([, number]) => number);
  if (numbers.length !== count) return [`${path} has ${numbers.length} numbers, not ${count}`];
  return numbers
    .filter((number) => number !== current)
    .map((number) => `${path} has ${number}, package.json ${current}`);
});
if (wrong.length > 0) fail(...wrong);
if (version === '--check') process.exit(0);

if (!new RegExp(`^${NUMBER}$`).test(version)) fail(`A version is three numbers, as 0.2.0: ${JSON.stringify(version)}`);
if (!/^\d{4}-\d\d-\d\d$/.test(day)) fail(`A day is YYYY-MM-DD: ${JSON.stringify(day)}`);
const isNewer = version.localeCompare(current, 'en', { numeric: true }) > 0;
if (!isNewer) fail(`A version must be newer than ${current}: ${version}`);
const changelog = read('CHANGELOG.md');
const notes = /^## \[Unreleased\]\n(.*?)^## \[/ms.exec(changelog)?.[1] ?? '';
if (notes.trim() === '') fail('CHANGELOG.md must say what is new, under "## [Unreleased]": there is nothing');

for (const [path, pattern] of PLACES) {
  write(
    path,
    read(path).replace(new RegExp(pattern, 'gm'), (match, number) => match.replace(number, version)),
  );
}
write('CHANGELOG.md', changelog.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [${version}] - ${day}\n`));
console.error(`${current} → ${version}, ${day}. Now: npm run check, commit, git tag v${version}.`);

function write(path, text) {
  writeFileSync(join(root, path), text);
}

function fail(...lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}
