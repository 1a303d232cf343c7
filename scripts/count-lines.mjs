// Prints how large the code is, by folder, of one or more commits side by side: `node scripts/count-lines.mjs 1affe4b HEAD`.
// Code is what is neither blank nor a comment of its own line. For reports; no page repeats these figures.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SMALL_LINES = 40;
const LARGE_LINES = 300;
const commits = process.argv.slice(2);
if (commits.length === 0) commits.push('HEAD');

for (const commit of commits) {
  const files = git('ls-tree', '-r', '-z', '--name-only', commit).split('\0');
  console.log(`\n${git('log', '-1', '--format=%h %s', commit).trim()}`);
  print(['', 'files', 'lines', 'code', `files ≤ ${SMALL_LINES}`, 'code in them', 'median', `files > ${LARGE_LINES}`]);
  for (const [name, matches] of groups()) {
    const sizes = files.filter(matches).map((file) => measure(git('show', `${commit}:${file}`)));
    if (sizes.length > 0) print([name, ...summary(sizes)]);
  }
}

function groups() {
  return [
    ['src', (file) => /^src\/.*\.ts$/.test(file)],
    ['src/web', (file) => /^src\/web\/.*\.js$/.test(file)],
    ['test', (file) => /^test\/(?!bench\/|faults\/(?!.*\.test\.ts)).*\.ts$/.test(file)],
    ['bench, faults', (file) => /^(?:test\/)?(?:bench|faults)\/.*\.ts$/.test(file) && !file.endsWith('.test.ts')],
    ['training', (file) => /^training\/.*\.py$/.test(file)],
  ];
}

function measure(text) {
  const lines = text.replace(/\n$/, '').split('\n');
  let isInComment = false;
  const code = lines.filter((line) => {
    const trimmed = line.trim();
    if (trimmed.startsWith('/*')) isInComment = true;
    const isCode = trimmed !== '' && !isInComment && !/^(?:\/\/|#)/.test(trimmed);
    if (trimmed.endsWith('*/')) isInComment = false;
    return isCode;
  });
  return { lines: lines.length, code: code.length };
}

function summary(sizes) {
  const sum = (list, key) => list.reduce((total, each) => total + each[key], 0);
  const small = sizes.filter(({ lines }) => lines <= SMALL_LINES);
  const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
  const large = sizes.filter(({ lines }) => lines > LARGE_LINES);
  const median = sorted[Math.floor(sorted.length / 2)];
  return [
    sizes.length,
    sum(sizes, 'lines'),
    sum(sizes, 'code'),
    small.length,
    sum(small, 'code'),
    median,
    large.length,
  ];
}

function print([name, ...cells]) {
  console.log(`${name.padEnd(14)}${cells.map((cell) => String(cell).padStart(14)).join('')}`);
}

function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) {
    console.error(`Cannot count as git must know the commit: ${stderr.trim()}`);
    process.exit(1);
  }
  return stdout;
}
