/** Topics of a rule in SQL, with {{.field}} filled in from the row that is published. */
import { isMapping } from '../std/checks.js';
import { ServiceError } from '../std/errors.js';
import { isTopicName } from './topic.js';

type Row = Readonly<Record<string, unknown>>;

const PLACEHOLDER = /\{\{\s*\.([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*\}\}/g;

/** Why a topic of an action cannot be filled in, as "must …"; undefined when it can. */
export function rowTopicFault(template: string): string | undefined {
  const sample = template.replaceAll(PLACEHOLDER, 'x');
  if (/\{\{|\}\}/.test(sample)) return 'must hold nothing in {{ }} but {{.field}} or {{.field.field}}';
  return isTopicName(sample) ? undefined : 'must be a valid topic name';
}

/** Undefined: the topic is the same for every row. */
export function createRowTopic(template: string): ((row: Row) => string) | undefined {
  if (!template.includes('{{')) return undefined;
  return (row) => {
    const topic = template.replaceAll(PLACEHOLDER, (_, path: string) => textOf(valueAt(row, path), template, path));
    if (isTopicName(topic)) return topic;
    throw refused(template, `it must give a valid topic: ${JSON.stringify(topic)}`);
  };
}

function valueAt(row: Row, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (isMapping(value) ? value[name] : undefined), row);
}

function textOf(value: unknown, template: string, path: string): string {
  if (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    typeof value === 'bigint'
  ) {
    return String(value);
  }
  throw refused(template, `its field ${path} must be a text, a number or a boolean of the row`);
}

function refused(template: string, rule: string): ServiceError {
  return new ServiceError('ERR_RESULT_REFUSED', `Cannot publish to ${template} as ${rule}`, { details: { template } });
}
