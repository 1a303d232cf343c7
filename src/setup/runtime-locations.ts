/** The kinds of places OpenVINO comes in, and what is there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

export interface Place {
  readonly kind: 'openvino.dir' | 'openvino-node' | 'own folder' | 'Python environment' | 'system';
  /** The folder, or what stood for it. */
  readonly path: string;
  /** Absolute path of libopenvino_c, for the C API engine. */
  readonly library?: string;
  /** The native part of openvino-node is here. */
  readonly nodeAddon?: boolean;
  /** openvino-node is here without its native part. */
  readonly isHalfInstalled?: boolean;
  /** What was found or what is missing, in words. */
  readonly verdict: string;
}

const LIBRARY = /^libopenvino_c\.so(\.\d+)*$/;
/** Below a folder that someone may name: a wheel, its site-packages, an archive of the vendor, a system prefix. */
const SUBFOLDERS = ['', 'openvino/libs', 'libs', 'lib', 'runtime/lib/intel64', 'runtime/lib/aarch64', 'lib64', 'bin'];
const SYSTEM_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/local/lib',
  '/usr/local/lib64',
  '/usr/lib',
];
const ASK_TIMEOUT_MS = 5000;

export function configuredPlace(dir: string): Place {
  const path = resolve(dir);
  return placeIn('openvino.dir', path, existsSync(path) ? 'no libopenvino_c.so in it' : 'no such folder');
}

/** The package may be there without its native part, which its install script downloads. Nothing of it is executed. */
export function nodePackagePlace(packageRoot: string): Place {
  const kind = 'openvino-node';
  const roots = createRequire(join(packageRoot, 'package.json')).resolve.paths(kind) ?? [];
  const folder = roots.map((root) => join(root, kind)).find((path) => existsSync(join(path, 'package.json')));
  if (folder === undefined) return { kind, path: join(packageRoot, 'node_modules', kind), verdict: 'not installed' };
  const bin = join(folder, 'bin');
  if (!existsSync(join(bin, 'ov_node_addon.node'))) {
    return { kind, path: folder, isHalfInstalled: true, verdict: 'installed without its native part' };
  }
  return { ...placeIn(kind, bin, 'native part without libopenvino_c.so'), nodeAddon: true };
}

/** Where `setup` puts what it downloads; the newest version first. */
export function ownFolder(packageRoot: string): string {
  return join(packageRoot, 'runtime');
}

export function ownPlace(packageRoot: string): Place {
  const kind = 'own folder';
  const folder = ownFolder(packageRoot);
  const versions = namesIn(folder).filter((name) => name.startsWith('openvino-'));
  for (const name of versions.sort(byNumbers).reverse()) {
    const place = placeIn(kind, join(folder, name), '');
    if (place.library !== undefined) return place;
  }
  return { kind, path: folder, verdict: 'not filled' };
}

/**
 * The active environments by their variables, then what `python3` itself searches. openvino's Python is not executed.
 */
export function pythonPlaces(env: Readonly<Record<string, string | undefined>>): Place[] {
  const kind = 'Python environment';
  const prefixes = [env['VIRTUAL_ENV'], env['CONDA_PREFIX']].filter((prefix) => prefix !== undefined && prefix !== '');
  const places = prefixes.map((prefix): Place => {
    const lib = join(prefix ?? '', 'lib');
    const versions = namesIn(lib).filter((name) => /^python3\.\d+$/.test(name));
    const found = firstLibrary(
      versions
        .sort(byNumbers)
        .reverse()
        .map((name) => join(lib, name, 'site-packages')),
    );
    return place(kind, prefix ?? '', found, 'no openvino package with libopenvino_c.so in it');
  });
  const asked = ask('python3', ['-c', 'import sys; print("\\n".join(sys.path))'], env);
  const verdict = asked === undefined ? 'no python3' : 'no openvino package with libopenvino_c.so in its path';
  const folders = (asked ?? '').split('\n').filter((path) => path.startsWith('/'));
  return [...places, place(kind, 'python3', firstLibrary(folders), verdict)];
}

export function systemPlaces(env: Readonly<Record<string, string | undefined>>): Place[] {
  const kind = 'system';
  const set = env['INTEL_OPENVINO_DIR'];
  const vendor = namesIn('/opt/intel').filter((name) => name.startsWith('openvino'));
  const vendorFolders = vendor
    .sort(byNumbers)
    .reverse()
    .map((name) => join('/opt/intel', name));
  const cache = ask('/sbin/ldconfig', ['-p'], env) ?? ask('ldconfig', ['-p'], env) ?? '';
  const cached = [...cache.matchAll(/libopenvino_c\.so\S* .*=> (\/\S+)/g)].map(([, path]) => dirname(path ?? ''));
  const libraries = firstLibrary([...vendorFolders, ...cached, ...SYSTEM_FOLDERS]);
  return [
    ...(set === undefined || set === '' ? [] : [placeIn(kind, set, 'no libopenvino_c.so in it')]),
    place(kind, "/opt/intel, ldconfig's cache, /usr/lib, /usr/local/lib", libraries, 'no libopenvino_c.so'),
  ];
}

function placeIn(kind: Place['kind'], folder: string, otherwise: string): Place {
  return place(kind, folder, libraryIn(folder), otherwise);
}

function place(kind: Place['kind'], path: string, library: string | undefined, otherwise: string): Place {
  return library === undefined
    ? { kind, path, verdict: otherwise }
    : { kind, path, library, verdict: `found ${library}` };
}

function firstLibrary(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    const library = libraryIn(folder);
    if (library !== undefined) return library;
  }
  return undefined;
}

/** The library in a folder or in one of the folders it usually is in below; of several versions the newest. */
function libraryIn(folder: string): string | undefined {
  for (const sub of SUBFOLDERS) {
    const path = join(folder, sub);
    const [newest] = namesIn(path)
      .filter((name) => LIBRARY.test(name))
      .sort(byNumbers)
      .reverse();
    if (newest !== undefined) return join(path, newest);
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there, not a folder, not readable: nothing to find in it
  }
}

function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function ask(command: string, args: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const { status, stdout } = spawnSync(command, args, { cwd: '/', env, encoding: 'utf8', timeout: ASK_TIMEOUT_MS });
  return status === 0 ? stdout : undefined;
}
