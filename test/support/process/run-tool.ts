/** Programs that only some tests need. */
import { spawn, spawnSync } from 'node:child_process';

export interface ToolRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The `skip` of tests that need a program: false, or the reason to print. */
export function toolMissing(program: string, howToGet: string): string | false {
  const found = spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0;
  return found ? false : `${program} is not installed (${howToGet})`;
}

export function runTool(program: string, args: readonly string[], options: ToolOptions = {}): Promise<ToolRun> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(options.input);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}
