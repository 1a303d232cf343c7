/** The text of a kept catalogue: JSON with a digest, so that a file that lost or changed a byte is never taken for another. */
import { createHash } from 'node:crypto';
import { isMapping, type Mapping } from '../std/checks.js';
import { messageOf, ServiceError } from '../std/errors.js';

/** Objects of one kind by id. */
export type Kept = ReadonlyMap<string, unknown>;
export type KeptObjects = ReadonlyMap<string, Kept>;

const FORMAT = 1;

/** @throws {ServiceError} ERR_CATALOGUE that names the file, when it is not as `printKept` wrote it */
export function parseKept(bytes: Uint8Array, path: string): KeptObjects {
  const { format, sha256, objects } = readJson(bytes, path);
  if (format !== FORMAT) {
    throw damaged(path, `it must be of format ${FORMAT}, not ${JSON.stringify(format) ?? 'none'}`);
  }
  if (!isMapping(objects) || !Object.values(objects).every(isMapping))
    throw damaged(path, 'it must hold objects by kind');
  if (sha256 !== digestOf(objects)) throw damaged(path, 'its content must have the digest that it names');
  return new Map(
    Object.entries(objects).map(([kind, kept]) => [kind, new Map(Object.entries(isMapping(kept) ? kept : {}))]),
  );
}

export function printKept(objects: KeptObjects): string {
  const plain = Object.fromEntries([...objects].map(([kind, kept]) => [kind, Object.fromEntries(kept)]));
  return `${JSON.stringify({ format: FORMAT, sha256: digestOf(plain), objects: plain }, null, 2)}\n`;
}

function readJson(bytes: Uint8Array, path: string): Mapping {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const text = bytes.length === 0 ? 'it is empty' : messageOf(cause).replace(/, ".*/s, '');
    throw damaged(path, `it must be JSON: ${text}`, cause);
  }
  if (!isMapping(parsed)) throw damaged(path, 'it must be a JSON object');
  return parsed;
}

/** Of the JSON without blanks: how the file is laid out does not matter. */
function digestOf(objects: unknown): string {
  return createHash('sha256').update(JSON.stringify(objects)).digest('hex');
}

function damaged(path: string, rule: string, cause?: unknown): ServiceError {
  const text = `Cannot read the kept catalogue as ${path} must be whole: ${rule}. Put a copy of it in place, or empty its folder to begin again`;
  return new ServiceError('ERR_CATALOGUE', text, { cause, details: { path } });
}
