/** The configuration file: YAML or JSON (which is YAML), sorted into known keys and faults. */
import { readFileSync } from 'node:fs';
import type { ErrorCode } from 'yaml';
import { isMapping } from '../std/checks.js';
import { nearest } from '../std/nearest-name.js';
import { loadYaml } from '../std/yaml.js';
import type { Fault } from './fault.js';
import { isKeySpec, KEYS, SCHEMA, type SchemaNode } from './schema.js';

export interface ConfigFile {
  /** The known keys that have a value, nested as in the schema. */
  readonly tree: Readonly<Record<string, unknown>>;
  /** Where each of them stands: "file NAME, line N". */
  readonly origins: ReadonlyMap<string, string>;
  readonly faults: readonly Fault[];
}

/** Reads `path`; what cannot be read or is not known comes back as faults. `name` is the path as the user knows it. */
export function readConfigFile(path: string, name: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return { tree: {}, origins: new Map(), faults: [{ key: name, rule: 'must be a readable file', value: code }] };
  }
  return parseConfigFile(text, name);
}

export function parseConfigFile(text: string, name: string): ConfigFile {
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => `file ${name}, line ${lines.linePos(offset).line}`;
  const origins = new Map<string, string>();
  const faults: Fault[] = [...document.errors, ...document.warnings].map((problem) => ({
    key: name,
    rule: `must be YAML or JSON, found ${SYNTAX_WORDS[problem.code] ?? problem.code.toLowerCase().replaceAll('_', ' ')}`,
    origin: lineAt(problem.pos[0]),
  }));
  if (faults.length > 0) return { tree: {}, origins, faults };

  const originOf = (path: Place) => {
    const node: unknown = document.getIn(path, true);
    const range = typeof node === 'object' && node !== null && 'range' in node ? (node.range as number[] | null) : null;
    return range?.[0] === undefined ? `file ${name}` : lineAt(range[0]);
  };

  const sort = (value: unknown, node: SchemaNode, path: readonly string[]): unknown => {
    const key = path.join('.');
    if (value === null || value === undefined) return undefined;
    if (isKeySpec(node)) {
      if (!isMapping(value)) {
        origins.set(key, originOf(path));
        for (const [inner, place] of placesIn(value, key, path)) origins.set(inner, originOf(place));
        return withoutNulls(value);
      }
      faults.push({ key, rule: 'must be a value, not a mapping', origin: originOf(path) });
      return undefined;
    }
    if (!isMapping(value)) {
      faults.push({ key: key || name, rule: 'must be a mapping of keys to values', origin: originOf(path) });
      return undefined;
    }
    const tree: Record<string, unknown> = {};
    for (const [child, inner] of Object.entries(value)) {
      const innerPath = [...path, child];
      const innerNode = Object.hasOwn(node, child) ? node[child] : undefined;
      if (innerNode === undefined) {
        faults.push({ key: innerPath.join('.'), rule: unknownKey(innerPath.join('.')), origin: originOf(innerPath) });
        continue;
      }
      const sorted = sort(inner, innerNode, innerPath);
      if (sorted !== undefined) tree[child] = sorted;
    }
    return tree;
  };

  try {
    const tree = sort(document.toJS({ maxAliasCount: 0 }), SCHEMA, []);
    return { tree: (tree ?? {}) as ConfigFile['tree'], origins, faults };
  } catch {
    const rule = `must be YAML or JSON, found ${SYNTAX_WORDS.BAD_ALIAS}`;
    return { tree: {}, origins, faults: [{ key: name, rule }] };
  }
}

/** Our words for the library's codes: its own messages quote the text, which may be a secret that wants quotes. */
const SYNTAX_WORDS: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'an alias, or text that starts with * without quotes',
  TAG_RESOLVE_FAILED: 'an unknown tag, or text that starts with ! without quotes',
  BAD_SCALAR_START: 'text that starts with a reserved character without quotes',
  DUPLICATE_KEY: 'a key that is given twice',
  MISSING_CHAR: 'that a character is missing: a quote, a comma, a bracket or the blank after a colon',
  MULTIPLE_DOCS: 'several documents',
  TAB_AS_INDENT: 'a tab as indentation',
};

function unknownKey(path: string): string {
  const last = path.slice(path.lastIndexOf('.') + 1);
  const near = nearest(path, KEYS.keys()) ?? [...KEYS.keys()].find((known) => known.endsWith(`.${last}`));
  return `is not a known key${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

type Place = readonly (string | number)[];

/** Where the parts of a list of mappings stand, as `rules[1].where`. */
function placesIn(list: unknown, key: string, path: readonly string[]): (readonly [key: string, path: Place])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown, index) => {
    const own: Place = [...path, index];
    const names = isMapping(entry) ? Object.keys(entry) : [];
    return [
      [`${key}[${index}]`, own] as const,
      ...names.map((name) => [`${key}[${index}].${name}`, [...own, name]] as const),
    ];
  });
}

/** A key without a value is as good as not there, in the entries of a list, too. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
}
