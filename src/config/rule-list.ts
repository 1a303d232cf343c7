/** The key `rules`, and the two formats that it shares with rule.where and result.fields. */

import { RESULT_FIELDS } from '../domain/measures.js';
import { RENDER_KINDS } from '../domain/rule.js';
import { parseFields, splitList } from '../rules/fields.js';
import { compileWhere } from '../rules/where.js';
import { type Check, checkChoice, checkText, checkTexts, isMapping } from '../std/checks.js';
import { ServiceError } from '../std/errors.js';
import { nearest } from '../std/nearest-name.js';
import { createTopicTemplate } from '../topics/template.js';

const MAX_RULES = 64;
/** A rule's id becomes a level of topics and the value of a metric label. */
const RULE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const ENTRY_CHECKS: Readonly<Record<string, Check>> = {
  id: (value) =>
    typeof value === 'string' && RULE_ID.test(value) ? undefined : 'must be 1 to 64 letters, digits, dots, _ or -',
  where: (value) => checkText(value) ?? predicateFault(value as string),
  topic: (value) => checkText(value) ?? topicTemplateFault(value as string),
  fields: (value) => {
    const entries = typeof value === 'string' ? splitList(value) : value;
    return checkTexts(entries) ?? fieldsFault(entries as string[]);
  },
  render: checkChoice(RENDER_KINDS),
};
const REQUIRED = ['id', 'where'];

export const ruleListSchema = {
  type: 'array',
  minItems: 1,
  maxItems: MAX_RULES,
  items: {
    type: 'object',
    additionalProperties: false,
    required: REQUIRED,
    properties: {
      id: { type: 'string', pattern: RULE_ID.source, description: 'Name of the rule, each once.' },
      where: { type: 'string', minLength: 1, description: 'Predicate; default of rule.where is no default here.' },
      topic: { type: 'string', minLength: 1, description: 'Topic of its results, as sink.topic.' },
      fields: {
        type: ['array', 'string'],
        items: { type: 'string', minLength: 1 },
        description: `Fields of its results, as result.fields: ${RESULT_FIELDS.join(', ')}.`,
      },
      render: { enum: RENDER_KINDS, description: 'Its processed picture, as result.render.' },
    },
  },
};

/** Everything that is wrong with a list of rules, as "must …"; undefined when it is valid. */
export function ruleListFault(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_RULES) {
    return `must be a list of 1 to ${MAX_RULES} rules`;
  }
  const faults = value.flatMap((entry: unknown, index) => entryFaults(entry).map((fault) => `rules[${index}]${fault}`));
  const ids = value.flatMap((entry: unknown) => (isMapping(entry) ? [entry['id']] : []));
  if (new Set(ids).size < ids.length) faults.push('each id once');
  return faults.length === 0 ? undefined : `is invalid: ${faults.join('; ')}`;
}

function entryFaults(entry: unknown): readonly string[] {
  if (!isMapping(entry)) return [` must be a mapping with ${Object.keys(ENTRY_CHECKS).join(', ')}`];
  const missing = REQUIRED.filter((name) => !Object.hasOwn(entry, name)).map((name) => `.${name} must be given`);
  const wrong = Object.entries(entry).flatMap(([name, value]) => {
    const check = Object.hasOwn(ENTRY_CHECKS, name) ? ENTRY_CHECKS[name] : unknownName(name);
    const fault = check?.(value);
    return fault === undefined ? [] : [`.${name} ${fault}`];
  });
  return [...missing, ...wrong];
}

function unknownName(name: string): Check {
  const near = nearest(name, Object.keys(ENTRY_CHECKS));
  return () => `is not known${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

/** Why `source` is not a predicate, as "must …". */
export function predicateFault(source: string): string | undefined {
  const details = detailsOf(() => compileWhere(source));
  return (
    details && `must be a predicate, but at line ${details['line']}, column ${details['column']}: ${details['reason']}`
  );
}

/** Why `entries` are not fields of a result, as "must …". */
export function fieldsFault(entries: readonly string[]): string | undefined {
  const details = detailsOf(() => parseFields(entries));
  return details && `is invalid: ${JSON.stringify(details['field'])}: ${details['reason']}`;
}

/** Why results cannot be published to `template`, as "must …". */
export function topicTemplateFault(template: string): string | undefined {
  const constants = { rule: 'rule', clientId: 'client' };
  return detailsOf(() => createTopicTemplate(template, constants)) && TOPIC_RULE;
}

const TOPIC_RULE =
  'must be a topic without + and #, nor line breaks, in which { } stand for nothing but {topic}, {topic[N]}, {rule} and {clientId}';

function detailsOf(attempt: () => unknown): ServiceError['details'] | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error.details;
    throw error;
  }
}
