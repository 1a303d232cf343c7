/** What is wrong with a configuration. */

import { redactUrl } from '../mqtt/endpoint.js';
import { ServiceError } from '../std/errors.js';
import { KEYS } from './schema.js';

/** One fault, for people: `<key> <rule>: <value> (<origin>)`. */
export interface Fault {
  /** Path of the key, or the file that cannot be read. */
  readonly key: string;
  /** What it breaks: "must …". */
  readonly rule: string;
  /** The current value as text, secrets hidden; absent where showing it would be no help or a risk. */
  readonly value?: string;
  /** Where the value came from, as in `LoadedConfig.origins`. */
  readonly origin?: string;
}

/** A value as it may be shown: short, on one line, without secrets. */
export function display(path: string, value: unknown): string {
  const spec = KEYS.get(path);
  if (value === null || value === undefined) return 'none';
  if (spec?.sensitive) return '(hidden)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = spec?.format === 'brokerUrls' ? redactUrl(Array.isArray(value) ? joinTexts(value) : text) : text;
  const line = shown.replace(/\s*\p{Cc}\s*/gu, ' ');
  return line.length <= 300 ? line : `${line.slice(0, 300)}…`;
}

/** What is no text is not shown, as nothing would hide a password in it; nor can all of it be made text. */
function joinTexts(items: readonly unknown[]): string {
  return items.map((item) => (typeof item === 'string' ? item : '(no text)')).join(',');
}

/** The error that carries all of them: a line each in the message, and `details` by key. */
export function configError(faults: readonly Fault[]): ServiceError {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  const lines = faults.map((fault) => `  ${fault.key} ${sentence(fault)}`);
  const byKey = new Map<string, string>();
  for (const fault of faults) {
    const former = byKey.get(fault.key);
    byKey.set(fault.key, former === undefined ? sentence(fault) : `${former}; ${sentence(fault)}`);
  }
  const details = Object.fromEntries(byKey);
  return new ServiceError('ERR_CONFIG', `Cannot use the configuration as it has ${count}:\n${lines.join('\n')}`, {
    details,
  });
}

function sentence({ rule, value, origin }: Fault): string {
  return `${rule}${value === undefined ? '' : `: ${value}`}${origin === undefined ? '' : ` (${origin})`}`;
}
