/** The effective configuration as text: every value, where it came from, no secret. */
import { display } from './fault.js';
import type { LoadedConfig } from './load.js';
import { KEYS } from './schema.js';

/** Keys that `rules` takes the place of. */
const REPLACED_BY_RULES: ReadonlySet<string> = new Set(['rule.where', 'sink.topic', 'result.fields']);

/** A line a key: path, value, origin, in columns. */
export function explainConfig(loaded: LoadedConfig): readonly string[] {
  const rows = [...KEYS.keys()].map((path) => [path, shown(path, loaded), originOf(path, loaded)] as const);
  const pathWidth = Math.max(...rows.map(([path]) => path.length));
  const valueWidth = Math.min(40, Math.max(...rows.map(([, value]) => value.length)));
  return rows.map(([path, value, origin]) => `${path.padEnd(pathWidth)}  ${value.padEnd(valueWidth)}  ${origin}`);
}

function shown(path: string, { values }: LoadedConfig): string {
  const value = path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], values);
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) {
    return display(path, KEYS.get(path)?.format === 'brokerUrls' ? value : value.join(', '));
  }
  return display(path, value);
}

function originOf(path: string, { origins, values }: LoadedConfig): string {
  if (values.rules !== null && REPLACED_BY_RULES.has(path)) return 'not used, as rules are given';
  const origin = origins.get(path);
  if (origin !== undefined) return origin;
  const text = KEYS.get(path)?.defaultText;
  return text === undefined ? 'default' : `default: ${text}`;
}
