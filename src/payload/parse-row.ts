import { isUtf8 } from 'node:buffer';
import { isMapping } from '../std/checks.js';
import { messageOf, ServiceError } from '../std/errors.js';

/**
 * A message's payload → the fields of its JSON object, for rules that need no picture. An array of one object is that object.
 * @throws {ServiceError} ERR_PAYLOAD_EMPTY, ERR_PAYLOAD_JSON
 */
export function parseRow(payload: Uint8Array): Readonly<Record<string, unknown>> {
  if (payload.length === 0) {
    throw new ServiceError('ERR_PAYLOAD_EMPTY', 'Cannot read the message as it must have bytes: it has none');
  }
  if (!isUtf8(payload)) throw notJson('it is not UTF-8, which JSON must be');
  let value: unknown;
  try {
    value = JSON.parse(
      Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
        .toString()
        .replace(/^\ufeff/, ''),
    );
  } catch (error) {
    throw notJson(messageOf(error), error);
  }
  const row: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (!isMapping(row)) throw notJson('it is another JSON value');
  return row;
}

function notJson(reason: string, cause?: unknown): ServiceError {
  return new ServiceError('ERR_PAYLOAD_JSON', `Cannot read the message as it must be a JSON object: ${reason}`, {
    cause,
  });
}
