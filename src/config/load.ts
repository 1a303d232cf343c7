/** Reads the configuration once, at start: defaults, then the file, then the environment, then secret files. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import convict from 'convict';
import { nearest } from '../std/nearest-name.js';
import { readSecretFile } from '../std/secret-file.js';
import { buildConfig } from './build.js';
import type { Config } from './config.js';
import { deriveDefaults, type Machine, type Settled, withoutDefaultObjects } from './defaults.js';
import type { EntryFault } from './entry-list.js';
import { configError, display, type Fault } from './fault.js';
import { type ConfigFile, readConfigFile } from './file.js';
import { crossFaults, remarks } from './key-relations.js';
import { isKeySpec, KEYS, SCHEMA, type SchemaNode, SECRET_FILES, type Settings, variableOf } from './schema.js';
import { FORMATS } from './value-kinds.js';

export interface LoadOptions extends Machine {
  /** `--config FILE`. */
  readonly file?: string;
  /** False: without `file` and FLAWLINE_CONFIG no file is read, also not config/flawline.yaml. */
  readonly useDefaultFile?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly cwd: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Every key's effective value, secrets included: for explain.ts only. */
  readonly values: Settled;
  /**
   * Path of key → "file NAME, line N", "environment NAME" or "secret file NAME"; a key that has its default is
   * missing.
   */
  readonly origins: ReadonlyMap<string, string>;
  /** The file that was read. */
  readonly file: string | undefined;
  /** What the user wrote and may not have meant. */
  readonly warnings: readonly string[];
  /** What is worth knowing about the defaults. */
  readonly notes: readonly string[];
}

const DEFAULT_FILE = 'config/flawline.yaml';
const NO_FILE: ConfigFile = { tree: {}, origins: new Map(), faults: [] };

/** @throws {ServiceError} ERR_CONFIG with every fault: in the message a line each, in `details` by key. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { cwd, env } = options;
  const fileName =
    options.file ??
    (env[FILE_VARIABLE] || undefined) ??
    (options.useDefaultFile === false ? undefined : defaultFile(cwd));
  const file = fileName === undefined ? NO_FILE : readConfigFile(resolve(cwd, fileName), fileName);
  const environment = readEnvironment(env);
  const origins = new Map([...file.origins, ...environment.origins]);
  const faults: Fault[] = [...file.faults];

  const merged = mergeSettings(file.tree, environment.variables);
  const addFault = (path: string, rule: string) => {
    faults.push({ key: path, rule, value: display(path, merged.get(path)), origin: origins.get(path) ?? 'default' });
  };
  const addEntryFault = (path: string, { path: inner, rule, value }: EntryFault) => {
    const shown = value === undefined ? {} : { value: display(`${path}${inner}`, value) };
    const origin = origins.get(`${path}${inner}`) ?? origins.get(path) ?? 'default';
    faults.push({ key: `${path}${inner}`, rule, ...shown, origin });
  };
  for (const [path, filePath] of Object.entries(SECRET_FILES)) {
    const name = merged.get(filePath);
    if (typeof name !== 'string') continue;
    if (origins.has(path)) {
      addFault(filePath, `must not be given together with ${path}`);
      continue;
    }
    const secret = textOf(resolve(cwd, name));
    if (secret === undefined || secret === '') {
      addFault(filePath, secret === '' ? 'must hold the secret, but is empty' : 'must be a readable file');
      continue;
    }
    merged.set(path, secret);
    origins.set(path, `secret file ${name}`);
  }
  for (const [path, spec] of KEYS) {
    const value = merged.get(path);
    if (value === null && spec.nullable) continue;
    const format = FORMATS[spec.format];
    const wrong = format.entryFaults?.(value);
    const rule = wrong === undefined ? format.fault(value, spec) : undefined;
    if (rule === undefined && !wrong?.length) continue;
    if (rule !== undefined) addFault(path, rule);
    for (const fault of wrong ?? []) addEntryFault(path, fault);
    merged.reset(path); // so that the rules between keys can be looked at all the same
  }

  const values = deriveDefaults(withoutDefaultObjects(merged.getProperties() as Settings, origins.keys()), options);
  const given = { values, origins, cwd };
  const faulty = new Set(faults.map(({ key }) => key));
  faults.push(...crossFaults(given).filter(({ key }) => !faulty.has(key)));
  if (faults.length > 0) throw configError(faults);

  const { warnings, notes } = remarks(given);
  return {
    config: buildConfig(values),
    values,
    origins,
    file: fileName,
    warnings: [...environment.warnings, ...warnings],
    notes,
  };
}

function textOf(secretFile: string): string | undefined {
  try {
    return readSecretFile(secretFile);
  } catch {
    return undefined;
  }
}

function defaultFile(cwd: string): string | undefined {
  return existsSync(resolve(cwd, DEFAULT_FILE)) ? DEFAULT_FILE : undefined;
}

type Tree = Record<string, unknown>;

/** Defaults, file and environment in convict's hands: it knows the order and calls each format's `coerce`. */
function mergeSettings(tree: ConfigFile['tree'], variables: Readonly<Record<string, string>>) {
  for (const [name, { coerce }] of Object.entries(FORMATS)) convict.addFormat({ name, validate: () => {}, coerce });
  const schema = withVariables(SCHEMA, '') as convict.Schema<Tree>;
  return convict<Tree>(schema, { env: { ...variables }, args: [] }).load(tree);
}

function withVariables(node: SchemaNode, path: string): unknown {
  if (isKeySpec(node)) return node.fileOnly ? node : { ...node, env: variableOf(path) };
  const children = Object.entries(node).map(([name, child]) => [
    name,
    withVariables(child, path === '' ? name : `${path}.${name}`),
  ]);
  return Object.fromEntries(children);
}

// The environment's part of the configuration.

/** Names the file; the only variable that is not a key. */
const FILE_VARIABLE = 'FLAWLINE_CONFIG';

interface EnvironmentPart {
  /** Variables of keys with their values. */
  readonly variables: Readonly<Record<string, string>>;
  /** Path of key → "environment NAME". */
  readonly origins: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/**
 * Picks the variables of keys from `env`. An empty one counts as not set; an unknown FLAWLINE_ one is worth a
 * warning.
 */
function readEnvironment(env: Readonly<Record<string, string | undefined>>): EnvironmentPart {
  const keyOf = new Map(
    [...KEYS].flatMap(([path, spec]) => (spec.fileOnly ? [] : [[variableOf(path), path] as const])),
  );
  const variables: Record<string, string> = {};
  const origins = new Map<string, string>();
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value.trim() === '' || !name.startsWith('FLAWLINE_') || name === FILE_VARIABLE) continue;
    const path = keyOf.get(name);
    if (path === undefined) {
      warnings.push(`${name} is not a known variable${hint(name, keyOf.keys())}`);
      continue;
    }
    variables[name] = value;
    origins.set(path, `environment ${name}`);
  }
  return { variables, origins, warnings };
}

function hint(name: string, known: Iterable<string>): string {
  const inFile = [...KEYS].find(([path, spec]) => spec.fileOnly && variableOf(path) === name);
  if (inFile !== undefined) return ` (${inFile[0]} can be given in a file only)`;
  const near = nearest(name, known);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}
