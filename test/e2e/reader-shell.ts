/** A reader of the documents: a folder in which the package stands as after its set-up, and a shell to type commands into. */
import { spawn } from 'node:child_process';
import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/std/package-root.js';
import type { ToolRun } from '../support/process/run-tool.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

export interface RunningCommand extends AsyncDisposable {
  /** Resolves when standard output or error has had it. */
  printed(text: string): Promise<void>;
  /** Sends the signal to the command and all that it started, as a terminal does; resolves to all that was printed. */
  stop(signal: 'SIGINT' | 'SIGTERM'): Promise<string>;
}

export interface ReaderShell extends AsyncDisposable {
  readonly path: string;
  write(name: string, text: string): Promise<void>;
  append(name: string, text: string): Promise<void>;
  run(command: string): Promise<ToolRun>;
  /** For commands that go on until they are stopped. */
  start(command: string): RunningCommand;
}

export async function openReaderShell(env: Readonly<Record<string, string>>): Promise<ReaderShell> {
  const folder = await makeTemporaryFolder();
  for (const name of ['bin', 'build', 'node_modules', 'package.json', 'README.md']) {
    await symlink(join(packageRoot, name), join(folder.path, name));
  }
  await mkdir(join(folder.path, 'home'));
  const settings = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder.path, 'home'),
    NPM_CONFIG_UPDATE_NOTIFIER: 'false',
    ...env,
  };
  const type = (command: string) => {
    const child = spawn('bash', ['-c', command], {
      cwd: folder.path,
      env: settings,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, to be stopped as one
    });
    const texts = { out: '', err: '' };
    for (const [stream, name] of [
      [child.stdout, 'out'],
      [child.stderr, 'err'],
    ] as const) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, texts, closed };
  };
  return {
    path: folder.path,
    write: (name, text) => writeFile(join(folder.path, name), text),
    append: (name, text) => appendFile(join(folder.path, name), text),
    async run(command) {
      const { texts, closed } = type(command);
      const code = await closed;
      return { code, ...texts };
    },
    start(command) {
      const { child, texts, closed } = type(command);
      const signalAll = (signal: NodeJS.Signals) => process.kill(-(child.pid ?? 0), signal);
      return {
        async printed(text) {
          const found = () => `${texts.out}${texts.err}`.includes(text);
          await until(`"${command}" prints "${text}"`, found).catch((error: Error) => {
            throw new Error(`${error.message}:\n${texts.out}${texts.err}`);
          });
        },
        async stop(signal) {
          signalAll(signal);
          await closed;
          return `${texts.out}${texts.err}`;
        },
        async [Symbol.asyncDispose]() {
          try {
            signalAll('SIGKILL');
          } catch {
            // it has ended already
          }
          await closed;
        },
      };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
