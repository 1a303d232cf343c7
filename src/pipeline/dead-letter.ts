/** A message that could not be inspected or published, told to the people who watch the dead-letter topic. */
import { createHash } from 'node:crypto';
import type { Delivery, OutgoingMessage } from '../domain/delivery.js';
import { digestId, messageDigest } from '../payload/message-id.js';
import type { ServiceError } from '../std/errors.js';

export interface DeadLetterOptions {
  readonly topic: string;
  /** Payloads up to this size travel along as base64, so that they can be replayed. */
  readonly maxPayloadBytes: number;
}

export function deadLetter(delivery: Delivery, error: ServiceError, options: DeadLetterOptions): OutgoingMessage {
  const { topic, payload } = delivery;
  const rule = error.details['rule'];
  const body = {
    id: deadLetterId(delivery, error),
    topic,
    code: error.code,
    ...(rule === undefined ? {} : { rule }),
    message: error.message,
    receivedAt: new Date(delivery.receivedAtMs).toISOString(),
    payloadBytes: payload.byteLength,
    payloadSha256: createHash('sha256').update(payload).digest('hex'),
    ...(payload.byteLength <= options.maxPayloadBytes ? { payload: Buffer.from(payload).toString('base64') } : {}),
  };
  return {
    topic: options.topic,
    payload: Buffer.from(JSON.stringify(body)),
    qos: 1,
    contentType: 'application/json',
    isText: true,
    user: [
      ['id', body.id],
      ['code', error.code],
      ['topic', topic],
      ...(rule === undefined ? [] : [['rule', String(rule)] as const]),
    ],
  };
}

/** The id of a message that could not be inspected: its own as far as it was read, else a digest. */
export function deadLetterId({ topic, payload, properties }: Delivery, { details }: ServiceError): string {
  const id = details['id'] ?? properties.user.find(([key]) => key === 'id')?.[1];
  return String(id ?? digestId(messageDigest(topic, payload)));
}
