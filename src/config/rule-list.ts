/** The key `rules`, and the formats that it shares with rule.where, rule.ok, result.fields and sink.topic. */

import { RESULT_FIELDS } from '../domain/measures.js';
import { RENDER_KINDS } from '../domain/rule.js';
import { parseFields, splitList } from '../rules/result-fields.js';
import { compileWhere } from '../rules/where.js';
import { checkChoice, checkText, checkTexts } from '../std/checks.js';
import { ServiceError } from '../std/errors.js';
import { createTopicTemplate } from '../topics/template.js';
import { type EntryList, idField } from './entry-list.js';

const text = (description: string) => ({ type: 'string', minLength: 1, description });

export const RULE_LIST: EntryList = {
  noun: 'rules',
  maxEntries: 64,
  fields: {
    id: idField('rule'),
    stream: {
      check: checkText,
      jsonSchema: text('Id of the stream whose pictures it judges; may be left out where there is only one.'),
    },
    model: {
      check: checkText,
      jsonSchema: text('Id of the model that inspects them; may be left out where there is only one.'),
    },
    where: {
      check: (value) => checkText(value) ?? predicateFault(value as string),
      jsonSchema: text('Predicate; default of rule.where is no default here.'),
      isRequired: true,
    },
    ok: {
      check: (value) => checkText(value) ?? predicateFault(value as string),
      jsonSchema: text('Predicate: whether the picture passes, as rule.ok.'),
    },
    topic: {
      check: (value) => checkText(value) ?? topicTemplateFault(value as string),
      jsonSchema: text('Topic of its results, as sink.topic.'),
    },
    fields: {
      check(value) {
        const entries = typeof value === 'string' ? splitList(value) : value;
        return checkTexts(entries) ?? fieldsFault(entries as string[]);
      },
      jsonSchema: {
        type: ['array', 'string'],
        items: { type: 'string', minLength: 1 },
        description: `Fields of its results, as result.fields: ${RESULT_FIELDS.join(', ')}.`,
      },
    },
    render: {
      check: checkChoice(RENDER_KINDS),
      jsonSchema: { enum: RENDER_KINDS, description: 'Its processed picture, as result.render.' },
    },
  },
};

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
