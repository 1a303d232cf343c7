/**
 * Makes any value fit for a log line: errors as data with code, details and cause; secrets hidden wherever they stand;
 * bytes, long texts and deep trees cut, so that no picture and no payload ever gets into the log.
 */
import { ServiceError } from '../std/errors.js';

const HIDDEN = '[hidden]';
/** Names of fields that are secret whatever they hold. */
const SECRET_NAME = /pass(word|phrase)?$|token$|secret$|authorization$|cookie$/i;
/** Shorter known secrets are hidden by field name only: replaced in texts they would eat ordinary words. */
const MIN_SECRET_LENGTH = 4;
const MAX_TEXT_LENGTH = 4096;
const MAX_ITEMS = 50;
const MAX_DEPTH = 6;
/** user:password@ in a URL. */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;

export interface LogFields {
  readonly [name: string]: unknown;
}

/** Hides what must not be seen, in texts and in trees of fields. */
export interface Redaction {
  text(value: string): string;
  fields(fields: LogFields): Record<string, unknown>;
}

/** @param secrets values that must not appear in any text: passwords, tokens. */
export function createRedaction(secrets: readonly string[]): Redaction {
  const known = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);

  function text(value: string): string {
    let visible = value;
    for (const secret of known) visible = visible.replaceAll(secret, HIDDEN);
    visible = visible.replace(URL_CREDENTIALS, `$1${HIDDEN}@`);
    // Cut last, or half a secret could stand at the cut.
    return visible.length > MAX_TEXT_LENGTH
      ? `${visible.slice(0, MAX_TEXT_LENGTH)}… (${value.length} characters)`
      : visible;
  }

  function plain(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Error) return depth >= MAX_DEPTH ? text(value.message) : fromError(value, depth);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (depth >= MAX_DEPTH) return '[deeper]';
    if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plain(item, depth + 1));
    return tree(value as LogFields, depth + 1);
  }

  function fromError(error: Error, depth: number): Record<string, unknown> {
    const code: unknown = 'code' in error ? error.code : undefined;
    return {
      type: error.name,
      ...(code === undefined ? {} : { code: plain(code, depth + 1) }),
      message: text(error.message),
      ...(error instanceof ServiceError ? { details: plain(error.details, depth + 1) } : {}),
      ...(error.stack === undefined ? {} : { stack: text(error.stack) }),
      ...(error.cause === undefined ? {} : { cause: plain(error.cause, depth + 1) }),
    };
  }

  function tree(fields: LogFields, depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(fields).slice(0, MAX_ITEMS)) {
      const isSecret = SECRET_NAME.test(name) && value !== undefined && value !== null;
      out[name] = isSecret ? HIDDEN : plain(value, depth);
    }
    return out;
  }

  return { text, fields: (fields) => tree(fields, 0) };
}
