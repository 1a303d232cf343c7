/** The environment's part of the configuration. */
import { nearest } from '../std/nearest-name.js';
import { KEYS, variableOf } from './schema.js';

/** Names the file; the only variable that is not a key. */
export const FILE_VARIABLE = 'FLAWLINE_CONFIG';

export interface EnvironmentPart {
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
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): EnvironmentPart {
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
