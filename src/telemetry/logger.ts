/**
 * The log: JSON lines on standard output, one line an event. `time` is ISO 8601 UTC, `level` a word, `component` the part
 * that speaks, `err` an error as data. It is the same on a terminal: commands for people print their text and do not log.
 */
import {
  type DestinationStream,
  destination,
  type LevelWithSilent,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino';
import type { LogFields, Logger } from '../std/logger.js';

interface LoggerOptions {
  readonly level: LevelWithSilent;
  /** Values that must never be seen: passwords and tokens of the configuration. */
  readonly secrets: readonly string[];
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
}

export interface SecretKeepingLogger extends Logger {
  /** Hides these values, too, from now on. */
  hideToo(secrets: readonly string[]): void;
}

export function createLogger({ level, secrets, destination = standardOutput() }: LoggerOptions): SecretKeepingLogger {
  let hidden = [...secrets];
  let hideHidden = createHideSecrets(hidden);
  const hide: HideSecrets = (text) => hideHidden(text);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // `err` is plain data by then, which pino's own serializer would take for an error again.
      serializers: { err: (err: unknown) => err },
      hooks: {
        logMethod([fields, text]: unknown[], method) {
          method.call(this, limitFields(fields as LogFields, hide), limitText(String(text), hide));
        },
        streamWrite: hide,
      },
    },
    destination,
  );
  return Object.assign(logger, {
    hideToo(more: readonly string[]) {
      hidden = [...new Set([...hidden, ...more])];
      hideHidden = createHideSecrets(hidden);
    },
  });
}

/** Lines that wait for a slow reader, or for room on a full disk; what comes then is lost. */
const MAX_WAITING_BYTES = 2 ** 20;

/** A disk that is full costs lines, never the service. */
function standardOutput(): DestinationStream {
  const output = destination({ fd: 1, sync: false, maxLength: MAX_WAITING_BYTES });
  const flush = output.flushSync.bind(output);
  let isFailing = false;
  output.on('write', () => {
    isFailing = false;
  });
  output.on('error', () => {
    isFailing = true;
  });
  // Called at the exit, where it tries for ever.
  output.flushSync = () => {
    if (!isFailing) flush();
  };
  return output;
}

// What may stand in a log line. `hideSecrets` works on the finished line, so nothing slips past it; `limitFields` cuts
// bytes, long texts and deep trees before the line is made, so that no picture and no payload ever gets into the log.

const HIDDEN = '[hidden]';
/** Names of fields that are secret whatever they hold. */
const SECRET_NAME = /pass(word|phrase)?$|token$|secret$|authorization$|cookie$/i;
/** Shorter known secrets are hidden by field name only: replaced in texts they would eat ordinary words. */
const MIN_SECRET_LENGTH = 4;
const MAX_TEXT_LENGTH = 4096;
const MAX_ITEMS = 50;
const MAX_DEPTH = 6;
/** `user:password@` in a URL. It stops at a quotation mark, as the text around it may be JSON. */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)(?:\\.|[^\s/@"\\])+@/gi;

/** Hides secrets in any text, also in one that is JSON. */
type HideSecrets = (text: string) => string;

/** @param secrets values that must not appear in any text: passwords, tokens. */
export function createHideSecrets(secrets: readonly string[]): HideSecrets {
  const forms = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).flatMap(writtenForms);
  // Where one secret holds another, the longer one is hidden first.
  const known = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) =>
    known
      .reduce((visible, secret) => visible.replaceAll(secret, HIDDEN), text)
      .replace(URL_CREDENTIALS, `$1${HIDDEN}@`);
}

/** A secret as it is, in a JSON text, and in a JSON text that itself stands in one. */
function writtenForms(secret: string): readonly string[] {
  const escaped = (text: string) => JSON.stringify(text).slice(1, -1);
  return [secret, escaped(secret), escaped(escaped(secret))];
}

/** Cut after the secrets are hidden, or half a secret could stand at the cut. */
export function limitText(text: string, hide: HideSecrets): string {
  return text.length > MAX_TEXT_LENGTH ? `${hide(text).slice(0, MAX_TEXT_LENGTH)}… (${text.length} characters)` : text;
}

/** Any value as data for JSON: errors by pino's serializer, bytes as their number, secret fields hidden. */
export function limitFields(fields: LogFields, hide: HideSecrets): Record<string, unknown> {
  function limit(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return limitText(value, hide);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (depth >= MAX_DEPTH) return value instanceof Error ? limitText(value.message, hide) : '[deeper]';
    if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => limit(item, depth + 1));
    return tree(value instanceof Error ? errorFields(value) : value, depth + 1);
  }

  function tree(value: object, depth: number): Record<string, unknown> {
    const entries = Object.entries(value).slice(0, MAX_ITEMS);
    return Object.fromEntries(
      entries.map(([name, item]) => {
        const isSecret = SECRET_NAME.test(name) && item !== undefined && item !== null;
        return [name, isSecret ? HIDDEN : limit(item, depth)];
      }),
    );
  }

  return tree(fields, 0);
}

/** `type`, `message`, `stack`, `cause` and the error's own fields; `name` would repeat `type`. */
function errorFields(error: Error): object {
  const { name: _, ...fields } = stdSerializers.errWithCause(error);
  return fields;
}
