/** The picture inside a published result, taken out again when somebody wants to see it. */
import type { RecentPicture } from './recent-results.js';

const DATA_URL = /^data:[^,]*;base64,/;

/**
 * @param payload the result as it was published; it is kept, and what is read from it is a copy.
 * @param field name (alias) of the JSON field that holds the base64 picture; undefined when the payload is the picture.
 */
export function pictureInResult(
  payload: Uint8Array,
  field: string | undefined,
): Pick<RecentPicture, 'heldBytes' | 'read'> {
  const heldBytes = payload.buffer.byteLength;
  if (field === undefined) return { heldBytes, read: () => new Uint8Array(payload) };
  return { heldBytes, read: () => fromJson(payload, field) };
}

function fromJson(payload: Uint8Array, field: string): Uint8Array | undefined {
  const result: unknown = JSON.parse(
    Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'),
  );
  if (typeof result !== 'object' || result === null) return undefined;
  const text: unknown = (result as Record<string, unknown>)[field];
  return typeof text === 'string' ? Buffer.from(text.replace(DATA_URL, ''), 'base64') : undefined;
}
