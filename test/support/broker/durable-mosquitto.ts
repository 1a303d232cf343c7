/**
 * A mosquitto that stores each message as it acknowledges it: 2.1 or newer with its SQLite plugin, set up by the lines of
 * deploy/mosquitto/durable.conf. Debian 12 has 2.0, so it is looked for in the PATH and in what `.ci/brokers` keeps.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../src/std/package-root.js';
import { type BrokerOptions, type BrokerProgram, brokerVersion } from './broker.js';

const PLUGIN = 'mosquitto_persist_sqlite.so';
/** Debian's names of the folder of libraries and of the loader of programs, by processor. */
const DEBIAN: Readonly<Record<string, readonly [libraries: string, loader: string]>> = {
  x64: ['x86_64-linux-gnu', 'ld-linux-x86-64.so.2'],
  arm64: ['aarch64-linux-gnu', 'ld-linux-aarch64.so.1'],
};
const [libraries = '', loader = ''] = DEBIAN[process.arch] ?? [];

interface Durable {
  readonly program: BrokerProgram;
  readonly plugin: string;
}

const durable = [fromPath(), fromRoot(join(brokersFolder(), 'unstable'))].find(
  (each) => each !== undefined && existsSync(each.plugin) && isNewEnough(each.program),
);

/** The `skip` of what needs it: false, or the reason to print. */
export const durableMissing: string | false =
  durable === undefined
    ? 'it needs mosquitto 2.1 with its SQLite plugin, which .ci/brokers gets (Debian 12 has 2.0)'
    : false;

/** Options of `startBroker` for it. */
export function durableBroker(): BrokerOptions {
  if (durable === undefined) throw new Error(String(durableMissing));
  const { program, plugin } = durable;
  const shipped = readFileSync(join(packageRoot, 'deploy/mosquitto/durable.conf'), 'utf8').split('\n');
  const lines = shipped.filter((line) => line !== '' && !/^(#|listener |allow_anonymous )/.test(line));
  const config = lines.map((line) =>
    line.replace(/^global_plugin .*/, `global_plugin ${plugin}`).replace('/mosquitto/data', '{dir}'),
  );
  return { program, config };
}

function fromPath(): Durable | undefined {
  const folders = [`/usr/lib/${libraries}/mosquitto`, '/usr/lib', '/usr/local/lib'];
  const plugin = folders.map((folder) => join(folder, PLUGIN)).find((path) => existsSync(path));
  return plugin === undefined ? undefined : { program: { command: 'mosquitto', args: [] }, plugin };
}

/** By the loader of that root, as its C library may be newer than that of the machine. */
function fromRoot(root: string): Durable {
  const folder = join(root, 'usr/lib', libraries);
  const args = ['--library-path', folder, join(root, 'usr/sbin/mosquitto')];
  return { program: { command: join(folder, loader), args }, plugin: join(folder, 'mosquitto', PLUGIN) };
}

function isNewEnough(program: BrokerProgram): boolean {
  const [, major = '0', minor = '0'] = /version (\d+)\.(\d+)/.exec(brokerVersion(program)) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 1);
}

function brokersFolder(): string {
  return process.env['FLAWLINE_BROKERS_FOLDER'] ?? join(homedir(), '.cache/flawline-brokers');
}
