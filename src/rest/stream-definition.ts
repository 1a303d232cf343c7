/** A stream as it is posted: CREATE STREAM … → what the source of a stream is told. */
import type { CreateStream, StreamStatement } from '../sql/ast.js';
import { parseStreamStatement } from '../sql/parse.js';
import { SqlError } from '../sql/sql-error.js';
import { isTopicFilter } from '../topics/topic.js';
import { CODE, RestError } from './rest-error.js';

export interface StreamDefinition {
  /** As it was posted. */
  readonly sql: string;
  readonly statement: CreateStream;
  /** Empty: DATASOURCE was not given, and no rule can read it. */
  readonly topics: readonly string[];
}

const LONGEST_ID = 64;

/** @throws {RestError} in eKuiper's words */
export function readStatement(sql: string): StreamStatement {
  try {
    return parseStreamStatement(sql);
  } catch (error) {
    if (error instanceof SqlError) throw new RestError(CODE.stream, error.message);
    throw error;
  }
}

/** @throws {RestError} */
export function defineStream(sql: string, statement: CreateStream): StreamDefinition {
  const { name, options } = statement;
  if (name.length > LONGEST_ID)
    throw new RestError(CODE.stream, `stream name ${name} is longer than ${LONGEST_ID} characters`);
  const topics = (options.datasource ?? '')
    .split(',')
    .map((topic) => topic.trim())
    .filter((topic) => topic !== '');
  const wrong = topics.find((topic) => !isTopicFilter(topic));
  if (wrong !== undefined)
    throw new RestError(CODE.stream, `DATASOURCE must be topic filters: ${JSON.stringify(wrong)} is none`);
  return { sql, statement, topics };
}

/** eKuiper's tree of a stream. */
export function streamTree({ statement: { name, fields, options } }: StreamDefinition): unknown {
  const { strictValidation, ...shown } = options;
  return {
    Name: name,
    StreamFields:
      fields.length === 0 ? null : fields.map(({ name: field, type }) => ({ FieldType: type, Name: field })),
    Options: { ...shown, ...(strictValidation && { strictValidation }) },
    StreamType: 0,
    Statement: null,
  };
}

/** Null for a stream whose messages may have any fields. */
export function streamSchema({ statement: { fields } }: StreamDefinition): unknown {
  if (fields.length === 0) return null;
  return Object.fromEntries(
    fields.map(({ name, type }) => [
      name,
      { type: typeof type === 'string' ? type : 'array' in type ? 'array' : 'struct', index: 0 },
    ]),
  );
}
