/**
 * The formats of the schema: how text becomes a value, which values are sound, and how that is said in JSON Schema.
 *
 * convict calls `coerce` on every text, from the environment or a file. Text that is no value of the format stays text, so
 * that `fault` can name it; convict's own formats would read 12 out of "12abc".
 */
import { classesFault } from '../model/settings.js';
import { brokerUrlFault, redactUrl } from '../mqtt/broker-url.js';
import { isTopicFilter } from '../topics/topic.js';
import type { FormatName, KeySpec } from './key.js';
import { fieldsFault, predicateFault, ruleListFault, ruleListSchema, topicTemplateFault } from './rule-list.js';
import { listFault, splitList, textFault } from './text.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Format {
  coerce(text: string): unknown;
  /** What `value` breaks, as "must …", or undefined when it is sound. */
  fault(value: unknown, spec: KeySpec): string | undefined;
  jsonSchema(spec: KeySpec): JsonSchema;
}

const text: Format = {
  coerce: (value) => value,
  fault: (value) => textFault(value),
  jsonSchema: () => ({ type: 'string', minLength: 1 }),
};

const list: Format = {
  coerce: splitList,
  fault: (value) => listFault(value),
  jsonSchema: () => ({ type: ['array', 'string'], items: { type: 'string', minLength: 1 } }),
};

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  text,
  list,
  numbers: {
    coerce: (value) => splitList(value).map(Number),
    fault: (value) =>
      Array.isArray(value) && [1, 3].includes(value.length) && value.every((number) => Number.isFinite(number))
        ? undefined
        : 'must be a list of one number for all channels, or of three',
    jsonSchema: () => ({ type: 'array', items: { type: 'number' }, minItems: 1, maxItems: 3 }),
  },
  classes: { ...list, fault: (value) => listFault(value) ?? classesFault(value as string[]) },
  flag: {
    coerce: (value) => ({ true: true, '1': true, false: false, '0': false })[value.trim().toLowerCase()] ?? value,
    fault: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
    jsonSchema: () => ({ type: 'boolean' }),
  },
  count: {
    coerce: (value) => (/^[+-]?\d+$/.test(value.trim()) ? Number(value) : value),
    fault: (value, spec) => {
      const sound = Number.isSafeInteger(value) && isWithin(value as number, spec);
      return sound ? undefined : `must be a whole number from ${spec.min} to ${spec.max}`;
    },
    jsonSchema: ({ min, max }) => ({ type: 'integer', minimum: min, maximum: max }),
  },
  fraction: {
    coerce: (value) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim()) ? Number(value) : value),
    fault: (value, spec) => {
      const sound = typeof value === 'number' && Number.isFinite(value) && isWithin(value, spec);
      return sound ? undefined : `must be a number from ${spec.min} to ${spec.max}`;
    },
    jsonSchema: ({ min, max }) => ({ type: 'number', minimum: min, maximum: max }),
  },
  choice: {
    coerce: (value) => (/^\d+$/.test(value.trim()) ? Number(value) : value),
    fault: (value, { choices = [], refusals = {} }) => {
      if (choices.some((known) => known === value)) return undefined;
      const text = typeof value === 'object' ? '' : String(value); // not every object can be made text
      const why = Object.hasOwn(refusals, text) ? `: ${refusals[text]}` : '';
      return `must be ${choices.join(' or ')}${why}`;
    },
    jsonSchema: ({ choices }) => ({ enum: choices }),
  },
  brokerUrls: {
    ...list,
    fault: (value) => listFault(value) ?? entriesFault(value as string[], brokerUrlFault, redactUrl),
  },
  clientId: {
    ...text,
    fault: (value) => textFault(value) ?? (isClientId(value as string) ? undefined : CLIENT_ID_RULE),
  },
  token: {
    ...text,
    fault: (value) => textFault(value) ?? (/^[\x21-\x7e]+$/.test(value as string) ? undefined : TOKEN_RULE),
  },
  predicate: { ...text, fault: (value) => textFault(value) ?? predicateFault(value as string) },
  fields: { ...list, fault: (value) => listFault(value) ?? fieldsFault(value as string[]) },
  copyFields: { ...list, fault: (value) => listFault(value) ?? copyFieldsFault(value as string[]) },
  topicFilters: {
    ...list,
    fault: (value) => listFault(value) ?? entriesFault(value as string[], topicFilterFault, (filter) => filter),
  },
  topicTemplate: { ...text, fault: (value) => textFault(value) ?? topicTemplateFault(value as string) },
  rules: { coerce: (value) => value, fault: ruleListFault, jsonSchema: () => ruleListSchema },
};

const CLIENT_ID_RULE = 'must be at most 128 characters without / + # or line breaks, as topics are made from it';
const TOPIC_FILTER_RULE =
  'must be topic filters without line breaks: + and # only as whole levels, # only as the last one';
const TOKEN_RULE = 'must be printable ASCII without blanks';

function topicFilterFault(filter: string): string | undefined {
  return isTopicFilter(filter) ? undefined : TOPIC_FILTER_RULE;
}

/** The first fault, with all entries that have it named where there are sound ones beside them. */
function entriesFault(
  entries: readonly string[],
  faultOf: (entry: string) => string | undefined,
  shown: (entry: string) => string,
): string | undefined {
  const [first] = entries.map(faultOf).filter((fault) => fault !== undefined);
  if (first === undefined || entries.length === 1) return first;
  const wrong = entries.filter((entry) => faultOf(entry) === first);
  return `${first}, not ${wrong.map(shown).join(' or ')}`;
}

/** Brokers hang up on a client that has a control character in its id: a text block in YAML ends with one. */
function isClientId(value: string): boolean {
  return value.length <= 128 && !/[/+#\p{Cc}]/u.test(value);
}

function copyFieldsFault(names: readonly string[]): string | undefined {
  if (names.includes('__proto__')) return 'must not name __proto__';
  return new Set(names).size === names.length ? undefined : 'must name each field once';
}

function isWithin(value: number, { min = -Infinity, max = Infinity }: KeySpec): boolean {
  return value >= min && value <= max;
}
