/** A folder of configuration files that is gone at the end of the test: `using folder = createConfigFolder({…})`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../../src/config/load.js';

export interface ConfigFolder extends Disposable {
  readonly path: string;
}

/** Files by name; names may hold folders. */
export function createConfigFolder(files: Readonly<Record<string, string>> = {}): ConfigFolder {
  const path = mkdtempSync(join(tmpdir(), 'flawline-config-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Options of a machine with two cores and nothing set. */
export function optionsWith(options: Partial<LoadOptions> = {}): LoadOptions {
  return { env: {}, cwd: '/nowhere', cores: 2, hostname: 'box', ...options };
}

export function loadWith(options: Partial<LoadOptions> = {}): LoadedConfig {
  return loadConfig(optionsWith(options));
}

/** Loads `text` as the file a.yaml, with `env` over it. */
export function loadText(text: string, env: Readonly<Record<string, string>> = {}): LoadedConfig {
  using folder = createConfigFolder({ 'a.yaml': text });
  return loadWith({ file: 'a.yaml', cwd: folder.path, env });
}
