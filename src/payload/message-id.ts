import { createHash } from 'node:crypto';
import type { UserProperty } from '../domain/delivery.js';
import type { Job } from '../domain/inspection.js';
import { isFitText } from '../domain/mqtt-text.js';
import { defined } from '../std/defined.js';

const LONGEST_ID_BYTES = 256;
const ID_DIGITS = 32;

export interface MessageIdInput {
  /** The message's other JSON fields; `id` counts when it is a string or a number. */
  readonly msg: Readonly<Record<string, unknown>>;
  readonly userProperties: readonly UserProperty[];
}

/**
 * The id that a message brings: its JSON field `id`, else its user property `id`. One that is empty, longer than 256
 * bytes or not fit for an MQTT string (control characters, lone surrogates, non-characters) is passed over, and so is a
 * number that was rounded when it was read; undefined when none is left.
 */
export function givenId({ msg, userProperties }: MessageIdInput): string | undefined {
  const field = msg['id'];
  const fieldText = typeof field === 'number' ? textOf(field) : field;
  if (isUsable(fieldText)) return fieldText;
  return userProperties.find(([key, value]) => key === 'id' && isUsable(value))?.[1];
}

/**
 * sha256(topic ‖ 0x00 ‖ payload), 64 hexadecimal digits. Equal for a redelivery, and for equal pictures on one topic,
 * so it is no key to drop duplicates by.
 */
export function messageDigest(topic: string, payload: Uint8Array): string {
  return createHash('sha256').update(topic).update('\0').update(payload).digest('hex');
}

/** The id of a message that brings none: the first 32 digits of its digest. */
export function digestId(digest: string): string {
  return digest.slice(0, ID_DIGITS);
}

export interface Identity {
  readonly id: string;
  /** Absent: nobody needed it. */
  readonly digest?: string;
}

/** The message's id, and its digest where there is one: made only where it is needed, as hashing costs more than decoding base64. */
export function identify(
  { topic, payload, properties, digest }: Pick<Job, 'topic' | 'payload' | 'properties' | 'digest'>,
  msg: MessageIdInput['msg'],
): Identity {
  const given = givenId({ msg, userProperties: properties.user });
  if (given !== undefined) return { id: given, ...defined({ digest }) };
  const made = digest ?? messageDigest(topic, payload);
  return { id: digestId(made), digest: made };
}

/** Undefined above 2^53: neighbours are the same number there, so it would be the id of another message as well. */
function textOf(id: number): string | undefined {
  return Math.abs(id) <= Number.MAX_SAFE_INTEGER ? String(id) : undefined;
}

function isUsable(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && isFitText(id) && Buffer.byteLength(id) <= LONGEST_ID_BYTES;
}
