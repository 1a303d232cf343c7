/** `result.fields`: what a result holds and under which names. */

import { RESULT_FIELDS, type ResultFieldName } from '../domain/measures.js';
import type { ResultField } from '../domain/rule.js';
import { ServiceError } from '../std/errors.js';

const MAX_ALIAS_CHARACTERS = 128;

/**
 * Reads entries of the form `NAME` or `NAME as ALIAS` (`as` in any case; a name may hold a blank: `inference time`).
 * @throws {ServiceError} ERR_CONFIG with the reason in `details` when a name is unknown, an alias is not usable as a
 * JSON key, or two entries have the same alias.
 */
export function parseFields(entries: readonly string[]): readonly ResultField[] {
  const fields = entries.map(parseField);
  const aliases = new Set<string>();
  for (const { alias } of fields) {
    if (aliases.has(alias)) throw fault('each name must be given once', alias);
    aliases.add(alias);
  }
  return fields;
}

/** The entries of a comma-separated list, trimmed; empty ones are left out. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function parseField(entry: string): ResultField {
  const text = entry.trim();
  if (isResultFieldName(text)) return { name: text, alias: text };
  const [, name, alias] = /^(.*?)\s+as\s+(.*)$/is.exec(text) ?? [];
  if (name === undefined || alias === undefined || !isResultFieldName(name)) {
    throw fault(`NAME or NAME as ALIAS must name one of ${RESULT_FIELDS.join(', ')}`, text);
  }
  if (!isAlias(alias)) {
    throw fault(`an alias must be 1 to ${MAX_ALIAS_CHARACTERS} printable characters and not __proto__`, alias);
  }
  return { name, alias };
}

function isResultFieldName(text: string): text is ResultFieldName {
  return (RESULT_FIELDS as readonly string[]).includes(text);
}

function isAlias(text: string): boolean {
  return text !== '' && text.length <= MAX_ALIAS_CHARACTERS && text !== '__proto__' && !/\p{Cc}/u.test(text);
}

function fault(rule: string, value: string): ServiceError {
  return new ServiceError('ERR_CONFIG', `Cannot read the result's fields as ${rule}: ${JSON.stringify(value)}`, {
    details: { field: value, reason: rule },
  });
}
