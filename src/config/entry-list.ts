/** Lists of mappings as values of a key (`streams`, `models`, `rules`): every fault by itself, and their JSON Schema. */
import { type Check, isMapping } from '../std/checks.js';
import { nearest } from '../std/nearest-name.js';
import type { JsonSchema } from './key.js';

/** A fault in a list, told with the key and its value. */
export interface EntryFault {
  /** Follows the key: "", "[1]" or "[1].where". */
  readonly path: string;
  /** "must …" */
  readonly rule: string;
  /** Absent where showing it would be no help or a risk. */
  readonly value?: unknown;
}

export interface EntryField {
  readonly check: Check;
  /** Of a mapping: its own fields. */
  readonly fields?: Readonly<Record<string, EntryField>>;
  readonly jsonSchema: JsonSchema;
  readonly isRequired?: boolean;
  /** Not to be shown. */
  readonly isSecret?: boolean;
}

export interface EntryList {
  /** What an entry is called. */
  readonly noun: string;
  readonly maxEntries: number;
  /** By name; there is one called `id`. */
  readonly fields: Readonly<Record<string, EntryField>>;
}

/** Letters and digits first, as an id becomes a level of topics and the value of a metric label. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function idField(what: string): EntryField {
  return {
    check: (value) =>
      typeof value === 'string' && ID.test(value) ? undefined : 'must be 1 to 64 letters, digits, dots, _ or -',
    jsonSchema: { type: 'string', pattern: ID.source, description: `Name of the ${what}, each once.` },
    isRequired: true,
  };
}

/** Everything that is wrong with a list; nothing when it is valid. */
export function entryListFaults({ noun, maxEntries, fields }: EntryList, value: unknown): readonly EntryFault[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxEntries) {
    return [{ path: '', rule: `must be a list of 1 to ${maxEntries} ${noun}` }];
  }
  const ids = value.map((entry: unknown) => (isMapping(entry) ? entry['id'] : undefined));
  return value.flatMap((entry: unknown, index) => {
    const faults = entryFaults(fields, entry).map((fault) => ({ ...fault, path: `[${index}]${fault.path}` }));
    const id = ids[index];
    const isTaken = id !== undefined && ids.indexOf(id) < index;
    return isTaken ? [...faults, { path: `[${index}].id`, rule: 'must name each id once', value: id }] : faults;
  });
}

function entryFaults(fields: EntryList['fields'], entry: unknown): readonly EntryFault[] {
  const names = Object.keys(fields);
  if (!isMapping(entry)) return [{ path: '', rule: `must be a mapping with ${names.join(', ')}`, value: entry }];
  const missing = Object.entries(fields)
    .filter(([name, { isRequired }]) => isRequired && !Object.hasOwn(entry, name))
    .map(([name]) => ({ path: `.${name}`, rule: 'must be given' }));
  const wrong = Object.entries(entry).flatMap(([name, value]): EntryFault[] => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) return [{ path: `.${name}`, rule: unknownName(name, names) }];
    if (field.fields !== undefined) {
      return entryFaults(field.fields, value).map((fault) => ({ ...fault, path: `.${name}${fault.path}` }));
    }
    const rule = field.check(value);
    return rule === undefined ? [] : [{ path: `.${name}`, rule, ...(field.isSecret ? {} : { value }) }];
  });
  return [...missing, ...wrong];
}

function unknownName(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return `is not known${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

export function entryListSchema({ maxEntries, fields }: EntryList): JsonSchema {
  return {
    type: 'array',
    minItems: 1,
    maxItems: maxEntries,
    items: {
      type: 'object',
      additionalProperties: false,
      required: Object.entries(fields).flatMap(([name, { isRequired }]) => (isRequired ? [name] : [])),
      properties: propertiesOf(fields),
    },
  };
}

export function propertiesOf(fields: EntryList['fields']): JsonSchema {
  return Object.fromEntries(Object.entries(fields).map(([name, { jsonSchema }]) => [name, jsonSchema]));
}
