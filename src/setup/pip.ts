/** Fetching by pip, which knows its user's index, certificates, proxies and cache. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE, VERSION, type WheelPin } from './pins.js';
import type { SetupReporter } from './reporter.js';

/** Of what pip said, in an error. */
const STDERR_KEPT = 1000;

/** Downloads the wheel into the folder. @throws {Error} when there is no python3, no pip in it, or pip fails */
export async function downloadByPip(
  pin: WheelPin,
  folder: string,
  env: NodeJS.ProcessEnv,
  reporter: SetupReporter,
): Promise<string> {
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${PACKAGE}==${VERSION} --hash=sha256:${pin.sha256}\n`);
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  args.push('--requirement', requirements, '--dest', folder, '--no-input', '--disable-pip-version-check');
  args.push('--implementation', 'cp', '--python-version', pin.pipTags.pythonVersion);
  args.push('--abi', pin.pipTags.abi, '--platform', pin.pipTags.platform);
  if (!reporter.isTerminal) reporter.line(`downloading ${pin.fileName} with pip …`);
  await run('python3', args, env, reporter.isTerminal);
  return join(folder, pin.fileName);
}

/** On a terminal pip draws its own bar, on stderr; elsewhere it is silent. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, isTerminal: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', isTerminal ? 2 : 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-STDERR_KEPT);
    });
    child.once('error', reject);
    child.once('close', (exitCode) => {
      if (exitCode === 0) resolve();
      else reject(new Error(said.trim().split('\n').at(-1) || `pip ended with ${exitCode}`));
    });
  });
}
