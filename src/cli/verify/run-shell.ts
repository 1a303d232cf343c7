/** A command line of the user's, run as a shell would. */
import { spawn } from 'node:child_process';
import { type CommandIo, UsageError } from '../command.js';

/** What it prints goes to standard error. @throws {UsageError} when it does not end with 0 */
export async function runShell(command: string, io: CommandIo): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], { cwd: io.cwd, env: io.env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', io.stderr);
  const end = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  if (end !== 'exit code 0') throw new UsageError(`The command must end with 0: ${command}: ${end}`);
}
