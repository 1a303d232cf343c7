/**
 * The formats of the schema: how text becomes a value, which values are valid, and how that is said in JSON Schema.
 *
 * convict calls `coerce` on every text, from the environment or a file. Text that is no value of the format stays
 * text, so that `fault` can name it; convict's own formats would read 12 out of "12abc".
 */
import { checkChannelNumbers, checkClasses } from '../model/setting-checks.js';
import { brokerUrlFault, redactUrl } from '../mqtt/endpoint.js';
import { splitList } from '../rules/result-fields.js';
import { type Check, checkChoice, checkFlag, checkNumber, checkText, checkTexts, checkWhole } from '../std/checks.js';
import { CAMERA_BY_RULE, isCameraBy } from '../topics/camera-name.js';
import { isTopicFilter } from '../topics/topic.js';
import {
  type EntryFault,
  type EntryField,
  type EntryList,
  entryListFaults,
  entryListSchema,
  idField,
  propertiesOf,
} from './entry-list.js';
import type { FormatName, JsonSchema, KeySpec } from './key.js';
import { sink } from './keys/broker.js';
import { model } from './keys/inspection.js';
import { keepChoice } from './keys/keep.js';
import { fieldsFault, predicateFault, RULE_LIST, topicTemplateFault } from './rule-list.js';

interface Format {
  coerce(text: string): unknown;
  /** What `value` breaks, as "must …", or undefined when it is valid. */
  fault(value: unknown, spec: KeySpec): string | undefined;
  jsonSchema(spec: KeySpec): JsonSchema;
  /** Of a list of mappings: the faults of each entry. */
  entryFaults?(value: unknown): readonly EntryFault[];
}

const text: Format = {
  coerce: (value) => value,
  fault: checkText,
  jsonSchema: () => ({ type: 'string', minLength: 1 }),
};

const list: Format = {
  coerce: splitList,
  fault: checkTexts,
  jsonSchema: () => ({ type: ['array', 'string'], items: { type: 'string', minLength: 1 } }),
};

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  text,
  list,
  numbers: {
    coerce: (value) => splitList(value).map(Number),
    fault: checkChannelNumbers,
    jsonSchema: () => ({ type: 'array', items: { type: 'number' }, minItems: 1, maxItems: 3 }),
  },
  classes: { ...list, fault: both(checkTexts, checkClasses) },
  flag: {
    coerce: (value) => ({ true: true, '1': true, false: false, '0': false })[value.trim().toLowerCase()] ?? value,
    fault: checkFlag,
    jsonSchema: () => ({ type: 'boolean' }),
  },
  count: {
    coerce: (value) => (/^[+-]?\d+$/.test(value.trim()) ? Number(value) : value),
    fault: (value, spec) => checkWhole(spec)(value),
    jsonSchema: ({ min, max }) => ({ type: 'integer', minimum: min, maximum: max }),
  },
  fraction: {
    coerce: (value) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim()) ? Number(value) : value),
    fault: (value, spec) => checkNumber(spec)(value),
    jsonSchema: ({ min, max }) => ({ type: 'number', minimum: min, maximum: max }),
  },
  choice: {
    coerce: (value) => (/^\d+$/.test(value.trim()) ? Number(value) : value),
    fault: (value, { choices = [], refusals = {} }) => {
      const rule = checkChoice(choices)(value);
      const text = typeof value === 'object' ? '' : String(value); // not every object can be made text
      const why = Object.hasOwn(refusals, text) ? `: ${refusals[text]}` : '';
      return rule && `${rule}${why}`;
    },
    jsonSchema: ({ choices }) => ({ enum: choices }),
  },
  brokerUrls: {
    ...list,
    fault: (value) => checkTexts(value) ?? entriesFault(value as string[], brokerUrlFault, redactUrl),
  },
  cameraBy: {
    ...text,
    fault: (value) => checkText(value) ?? (isCameraBy(value as string) ? undefined : CAMERA_BY_RULE),
  },
  clientId: {
    ...text,
    fault: (value) => checkText(value) ?? (isClientId(value as string) ? undefined : CLIENT_ID_RULE),
  },
  token: {
    ...text,
    fault: (value) => checkText(value) ?? (/^[\x21-\x7e]+$/.test(value as string) ? undefined : TOKEN_RULE),
  },
  predicate: { ...text, fault: (value) => checkText(value) ?? predicateFault(value as string) },
  fields: { ...list, fault: (value) => checkTexts(value) ?? fieldsFault(value as string[]) },
  copyFields: { ...list, fault: (value) => checkTexts(value) ?? copyFieldsFault(value as string[]) },
  topicFilters: {
    ...list,
    fault: (value) => checkTexts(value) ?? entriesFault(value as string[], topicFilterFault, (filter) => filter),
  },
  topicTemplate: { ...text, fault: (value) => checkText(value) ?? topicTemplateFault(value as string) },
  streams: entries(() => STREAM_LIST),
  models: entries(() => MODEL_LIST),
  rules: entries(() => RULES_WITH_SECTIONS),
};

/** A list of mappings; told late, as entries are made of other formats. */
function entries(list: () => EntryList): Format {
  return {
    coerce: (value) => value,
    fault: (value) => entryListFaults(list(), value).map(({ path, rule }) => `${path} ${rule}`.trim())[0],
    jsonSchema: () => entryListSchema(list()),
    entryFaults: (value) => entryListFaults(list(), value),
  };
}

/** A source connects as `<clientId>-<id>`: no stream may have the session of another connection of the service. */
const OWN_CONNECTIONS = ['sink', 'replay', 'doctor'];

function streamIdField(): EntryField {
  const field = idField('stream');
  const isTaken = (id: string) => OWN_CONNECTIONS.includes(id) || id.startsWith('sink-');
  const rule = `must not be ${OWN_CONNECTIONS.join(', ')} or begin with sink-, as other connections of the service are called so`;
  return { ...field, check: (value) => field.check(value) ?? (isTaken(String(value)) ? rule : undefined) };
}

const STREAM_LIST: EntryList = {
  noun: 'streams',
  maxEntries: 64,
  fields: {
    id: streamIdField(),
    topics: {
      ...fieldOf('topicFilters', { doc: 'Topic filters of its pictures, as source.topics.' }),
      isRequired: true,
    },
  },
};

const MODEL_LIST: EntryList = {
  noun: 'models',
  maxEntries: 16,
  fields: {
    id: idField('model'),
    ...Object.fromEntries(Object.entries(model).map(([name, spec]) => [name, fieldOf(spec.format, spec)])),
  },
};

/** What a rule may say of where its results go: keys of the section `sink`, but for the order, which is that of all. */
const { order: _order, ...SINK_KEYS } = sink;
const SINK_FIELDS = Object.fromEntries(
  Object.entries(SINK_KEYS).map(([name, spec]) => [name, fieldOf(spec.format, spec)]),
);

const KEEP_FIELDS = Object.fromEntries(
  Object.entries(keepChoice).map(([name, spec]) => [name, fieldOf(spec.format, spec)]),
);

const RULES_WITH_SECTIONS: EntryList = {
  ...RULE_LIST,
  fields: {
    ...RULE_LIST.fields,
    sink: {
      check: () => undefined,
      fields: SINK_FIELDS,
      jsonSchema: {
        type: 'object',
        additionalProperties: false,
        description:
          'Where its results go, if not where the section sink says; with a url of its own it has no credentials but its own.',
        properties: propertiesOf(SINK_FIELDS),
      },
    },
    keep: {
      check: () => undefined,
      fields: KEEP_FIELDS,
      jsonSchema: {
        type: 'object',
        additionalProperties: false,
        description: 'Which of its pictures are kept, in place of keep.where and keep.share.',
        properties: propertiesOf(KEEP_FIELDS),
      },
    },
  },
};

/** A field of an entry that means what a key means. */
function fieldOf(format: FormatName, spec: Pick<KeySpec, 'doc'> & Partial<KeySpec>): EntryField {
  const whole: KeySpec = { default: null, format, nullable: true, ...spec };
  const { fault, jsonSchema } = FORMATS[format];
  return {
    check: (value) => fault(coerceEntry(format, value), whole),
    jsonSchema: { description: whole.doc, ...jsonSchema(whole) },
    isSecret: whole.sensitive === true || format === 'brokerUrls', // a URL may hold a password
  };
}

/** Text in an entry is read as text of a key. */
export function coerceEntry(format: FormatName, value: unknown): unknown {
  return typeof value === 'string' ? FORMATS[format].coerce(value) : value;
}

/** The second only of what passed the first. */
function both(first: Check, second: Check): Check {
  return (value) => first(value) ?? second(value);
}

const CLIENT_ID_RULE = 'must be at most 128 characters without / + # or line breaks, as topics are made from it';
const TOPIC_FILTER_RULE =
  'must be topic filters without line breaks: + and # only as whole levels, # only as the last one';
const TOKEN_RULE = 'must be printable ASCII without blanks';

function topicFilterFault(filter: string): string | undefined {
  return isTopicFilter(filter) ? undefined : TOPIC_FILTER_RULE;
}

/** The first fault, with all entries that have it named where there are valid ones beside them. */
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
