/** A mosquitto of its own for each test: free loopback port, own folder, gone with the scope. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../../../src/std/loopback.js';
import { until } from '../until.js';

export interface BrokerOptions {
  /** Further lines of mosquitto.conf; `{dir}` stands for the broker's folder, where `files` are. */
  readonly config?: readonly string[];
  /** Files to write into its folder first: name → text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Keep sessions and queues over a restart. */
  readonly persistence?: boolean;
  /** Another mosquitto than the machine's own. */
  readonly program?: BrokerProgram;
}

export interface BrokerProgram {
  readonly command: string;
  /** What stands before mosquitto's own arguments. */
  readonly args: readonly string[];
}

export interface TestBroker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly pid: number;
  /** Everything that it logged, `log_type all`: also each packet, as "Received PUBACK from flawline (Mid: 3, RC:0)". */
  log(): string;
  /** Ends it (SIGTERM stores the sessions when it is persistent) and waits until it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** SIGSTOP: the connections stay open and nothing answers. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

/** The `skip` of tests that need mosquitto: false, or the reason to print. */
export const brokerMissing: string | false =
  findMosquitto() === undefined ? 'mosquitto is not installed (apt-get install mosquitto)' : false;

/** As the program says it: "mosquitto version 2.0.11". */
export function brokerVersion({ command, args } = installedMosquitto()): string {
  const { stdout } = spawnSync(command, [...args, '-h'], { encoding: 'utf8' });
  return (stdout ?? '').split('\n')[0] ?? '';
}

export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const program = options.program ?? installedMosquitto();
  const dir = await mkdtemp(join(tmpdir(), 'flawline-broker-'));
  const port = await freePort();
  for (const [name, text] of Object.entries(options.files ?? {})) {
    await writeFile(join(dir, name), text, { mode: 0o600 });
  }
  await writeFile(join(dir, 'mosquitto.conf'), configuration(dir, port, options));
  let child: ChildProcess | undefined;
  let log = '';

  async function start(): Promise<void> {
    const started = spawn(program.command, [...program.args, '-c', join(dir, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    await until('mosquitto listens', () => {
      if (started.exitCode !== null) throw new Error(`mosquitto ended with ${started.exitCode}:\n${log}`);
      return accepts(port);
    });
  }

  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const stopped = child;
    child = undefined;
    if (stopped === undefined || stopped.exitCode !== null || stopped.signalCode !== null) return;
    const gone = new Promise((resolve) => stopped.once('exit', resolve));
    stopped.kill(signal);
    await gone;
  }

  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    dir,
    get pid() {
      return child?.pid ?? 0;
    },
    log: () => log,
    stop,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function configuration(dir: string, port: number, options: BrokerOptions): string {
  const own = options.config ?? [];
  const isSet = (key: string): boolean => own.some((line) => line.startsWith(`${key} `));
  const lines = [
    'set_tcp_nodelay true', // the default costs 44 ms a QoS 1 round trip
    'log_dest stderr',
    'log_type all',
    ...(process.getuid?.() === 0 ? ['user root'] : []), // it would drop to a user that can't read its folder
    ...(options.persistence === true ? ['persistence true', `persistence_location ${dir}/`] : []),
    ...(isSet('max_queued_messages') ? [] : ['max_queued_messages 0']),
    ...(isSet('listener') ? [] : [`listener ${port} 127.0.0.1`]),
    ...(isSet('allow_anonymous') ? [] : ['allow_anonymous true']),
    ...own.map((line) => line.replaceAll('{dir}', dir).replaceAll('{port}', String(port))),
  ];
  return `${lines.join('\n')}\n`;
}

function installedMosquitto(): BrokerProgram {
  const command = findMosquitto();
  if (command === undefined) throw new Error(String(brokerMissing));
  return { command, args: [] };
}

function findMosquitto(): string | undefined {
  // Debian keeps it in sbin, which is not in the PATH of everybody.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path));
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
