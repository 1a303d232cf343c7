/** Calls about streams, in eKuiper's words. */
import { describeStream } from '../sql/stream-text.js';
import { isMapping } from '../std/checks.js';
import { type Answer, json, text } from './answer.js';
import { KEPT, type RestCatalogue } from './catalogue.js';
import { GoJsonError, parseGoJson } from './go-json.js';
import { CODE, prefixed, RestError } from './rest-error.js';
import type { Call, CallHandler } from './routes.js';
import { assertOwn, type Change, type RestState, withEntry } from './state.js';
import { defineStream, readStatement, streamSchema, streamTree } from './stream-definition.js';

export function createStreamCalls(state: RestState) {
  async function run({ body }: Call): Promise<Answer> {
    const sql = sqlOf(body);
    return await saying('Stream command error: ', async () => {
      const statement = readStatement(sql);
      switch (statement.kind) {
        case 'show':
          return text([...state.catalogue().streams.keys()].join('\n') || 'No stream definitions are found.', 201);
        case 'describe':
          return text(describe(statement.name), 201);
        case 'drop':
          return text(await drop(statement.name), 201);
        case 'create':
          return text(await create(sql), 201);
      }
    });
  }

  function describe(name: string): string {
    const stream = state.catalogue().streams.get(name);
    if (stream === undefined) throw new RestError(CODE.stream, `Describe stream fails, ${name} is not found.`);
    return describeStream(stream.statement);
  }

  async function create(sql: string): Promise<string> {
    const statement = readStatement(sql);
    if (statement.kind !== 'create') throw new RestError(CODE.stream, `Invalid stream statement: ${sql}`);
    const { name } = statement;
    return await state.change((now) => {
      if (now.streams.has(name)) throw new RestError(CODE.stream, `Create stream fails: Item ${name} already exists.`);
      return withStream(now, name, sql, `Stream ${name} is created.`);
    });
  }

  async function replace({ ids: [id = ''], body }: Call): Promise<Answer> {
    const sql = sqlOf(body);
    return await saying('Stream command error: ', async () => {
      const statement = readStatement(sql);
      if (statement.kind !== 'create') throw new RestError(CODE.stream, `Invalid stream statement: ${sql}`);
      if (statement.name !== id) {
        throw new RestError(CODE.stream, `Replace ${id} fails: the sql statement must update the ${id} source.`);
      }
      assertOwn(state, 'streams', id);
      return text(await state.change((now) => withStream(now, id, sql, `Stream ${id} is replaced.`)));
    });
  }

  async function drop(id: string): Promise<string> {
    assertOwn(state, 'streams', id);
    return await state.change((now): Change<string> => {
      if (!now.streams.has(id)) throw new RestError(CODE.notFound, `stream ${id} is not found`);
      const isUsed = [...now.rules.values()].some(({ spec }) => spec.stream === id);
      if (isUsed) throw new RestError(CODE.undefined, `stream ${id} has been referenced by other rules`);
      const next = { ...now, streams: withEntry(now.streams, id, undefined) };
      return { next, kept: [{ kind: KEPT.streams, id, value: undefined }], answer: `Stream ${id} is dropped.` };
    });
  }

  async function remove({ ids: [id = ''] }: Call): Promise<Answer> {
    try {
      return text(await drop(id));
    } catch (error) {
      throw error instanceof RestError && error.code === CODE.notFound
        ? prefixed('delete stream error: ', error)
        : error;
    }
  }

  const find = (id: string) => {
    const stream = state.catalogue().streams.get(id);
    if (stream !== undefined) return stream;
    throw new RestError(CODE.stream, `describe stream error: Describe stream fails, ${id} is not found.`);
  };

  return {
    list: () => json([...state.catalogue().streams.keys()]),
    details: () =>
      json(
        [...state.catalogue().streams].map(
          ([
            name,
            {
              statement: { options },
            },
          ]) => ({
            name,
            type: (options.type ?? 'mqtt').toLowerCase(),
            format: (options.format ?? 'json').toLowerCase(),
          }),
        ),
      ),
    run,
    show: ({ ids: [id = ''] }) => json(streamTree(find(id))),
    schema: ({ ids: [id = ''] }) => json(streamSchema(find(id))),
    replace,
    remove,
  } satisfies Readonly<Record<string, CallHandler>>;
}

/** Rules of the stream are compiled anew, as its fields may be others. */
function withStream(now: RestCatalogue, name: string, sql: string, answer: string): Change<string> {
  const statement = readStatement(sql);
  if (statement.kind !== 'create') throw new RestError(CODE.stream, `Invalid stream statement: ${sql}`);
  const streams = withEntry(now.streams, name, defineStream(sql, statement));
  const rules = new Map(
    [...now.rules].map(([id, rule]) => {
      const { select } = rule.spec;
      if (rule.spec.stream !== name || select === undefined) return [id, rule] as const;
      return [id, { ...rule, spec: { ...rule.spec, select: { ...select, streamSql: sql } } }] as const;
    }),
  );
  return { next: { ...now, streams, rules }, kept: [{ kind: KEPT.streams, id: name, value: { sql } }], answer };
}

/** @throws {RestError} as eKuiper's decoder, which reads a stream of bytes: an empty one is told in another way */
function sqlOf(body: string): string {
  const bad = (message: string) =>
    new RestError(CODE.undefined, `Invalid body: Error decoding the statement descriptor: ${message}`);
  if (body.trim() === '') throw bad('EOF');
  let given: unknown;
  try {
    given = parseGoJson(body);
  } catch (error) {
    if (error instanceof GoJsonError) throw bad(error.message);
    throw error;
  }
  const sql = isMapping(given) ? (given['sql'] ?? '') : undefined;
  if (typeof sql !== 'string') throw bad('it must be an object with a text sql');
  if (sql === '') throw new RestError(CODE.stream, 'Stream command error: Invalid stream statement: ');
  return sql;
}

async function saying<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RestError ? prefixed(prefix, error) : error;
  }
}
