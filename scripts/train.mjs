// Runs the training project (training/README.md) in a Python environment of its own, which it makes at the first call:
//   npm run train -- --data DIR                     train; the run stands in training/runs/default unless --out says else
//   npm run train -- --data DIR --folds 5           what to expect on parts never seen; in training/runs/folds
//   npm run train -- evaluate|export|generate|expect|combine …   its other commands
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMANDS = ['train', 'evaluate', 'export', 'generate', 'expect', 'combine'];
const OLDEST_PYTHON = [3, 11];

const project = fileURLToPath(new URL('../training', import.meta.url));
const environment = process.env.FLAWLINE_TRAINING_VENV ?? join(project, '.venv');
const python = join(environment, 'bin', 'python');
const requirements = readFileSync(join(project, 'requirements.txt'), 'utf8');
const stamp = join(environment, '.flawline-requirements');

const [first = '', ...rest] = process.argv.slice(2);
const command = COMMANDS.includes(first) ? first : 'train';
const given = command === first ? rest : process.argv.slice(2);
const needsOut = command === 'train' && !given.some((value) => value === '--out' || value.startsWith('--out='));
const isOfFolds = given.some((value) => value === '--folds' || value.startsWith('--folds='));
const run = join(project, 'runs', isOfFolds ? 'folds' : 'default');
const args = needsOut ? [...given, '--out', run] : given;

if (!existsSync(python)) createEnvironment();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== requirements) installRequirements();

// Without these glibc gives the memory of each step's tensors back and asks for it anew, page by page: an eighth to a quarter of the time.
const keepMemory = {
  MALLOC_MMAP_THRESHOLD_: `${4e9}`,
  MALLOC_TRIM_THRESHOLD_: `${8e9}`,
  MALLOC_TOP_PAD_: `${2 ** 28}`,
};
// npm changes to the package's folder; paths are meant from where the user stands.
const { status, signal } = spawnSync(python, ['-m', `flawline_training.${command}`, ...args], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  env: { ...keepMemory, ...process.env, PYTHONPATH: [project, process.env.PYTHONPATH].filter(Boolean).join(delimiter) },
  stdio: 'inherit',
});
process.exit(signal === null ? (status ?? 1) : 130);

function createEnvironment() {
  const system = ['python3', 'python'].find(isNewEnough);
  if (system === undefined) {
    fail(
      `Training needs Python ${OLDEST_PYTHON.join('.')} or newer, and there is none on the PATH.`,
      'On Debian or Ubuntu run:  sudo apt-get install -y python3 python3-venv',
    );
  }
  console.error(`flawline: making a Python environment in ${environment} …`);
  if (spawnSync(system, ['-m', 'venv', environment], { stdio: 'inherit' }).status !== 0) {
    fail('Cannot make the Python environment. On Debian or Ubuntu run:  sudo apt-get install -y python3-venv');
  }
}

function installRequirements() {
  console.error('flawline: installing the training packages (several GB with PyTorch, once) …');
  const install = ['-m', 'pip', 'install', '--quiet', '-r', join(project, 'requirements.txt')];
  if (spawnSync(python, install, { stdio: 'inherit' }).status !== 0) {
    fail('Cannot install the training packages. pip above names the reason; run the command again when it is mended.');
  }
  writeFileSync(stamp, requirements);
}

function isNewEnough(name) {
  const test = `import sys; sys.exit(sys.version_info < (${OLDEST_PYTHON.join(', ')}))`;
  return spawnSync(name, ['-c', test]).status === 0;
}

function fail(...lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}
