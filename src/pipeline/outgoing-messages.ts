/** What is published of an inspection: results with the reply to a request, or else a dead letter. */
import { createHash } from 'node:crypto';
import type { Delivery, OutgoingMessage, UserProperty } from '../domain/delivery.js';
import type { Inspection, RuleResult } from '../domain/inspection.js';
import type { Measures } from '../domain/measures.js';
import type { ResultEncoding } from '../domain/rule.js';
import { digestId, messageDigest } from '../payload/message-id.js';
import { defined } from '../std/defined.js';
import type { ServiceError } from '../std/errors.js';

export interface DeadLetterOptions {
  readonly topic: string;
  /** Key of the sink; absent: that of the section `sink`. */
  readonly sink?: string;
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
    ...defined({ sink: options.sink }),
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

/** How results of an inspection become messages: topic, properties, and the reply to a request. */
export interface OutgoingOptions {
  readonly encoding: ResultEncoding;
  /** Whether results are also published to a request's response topic. */
  readonly reply: boolean;
  readonly isReplyAllowed: (topic: string) => boolean;
  /**
   * Where a result goes; undefined: nowhere, what was to be done with it is done.
   * @throws {ServiceError} ERR_RESULT_REFUSED when a rule's template gives no valid topic for this input topic
   */
  readonly targetOf: (result: RuleResult, delivery: Delivery) => ResultTarget | undefined;
}

export interface ResultTarget {
  readonly topic: string;
  readonly qos: 0 | 1;
  readonly retain?: boolean;
  /** Key of the sink; absent: that of the section `sink`. */
  readonly sink?: string;
  readonly expirySeconds?: number;
  /** Aborts when the result is to be given up, as its rule was stopped. */
  readonly signal?: AbortSignal;
}

const MAX_COPIED_PROPERTIES = 16;
const MAX_COPIED_BYTES = 4096;

export function outgoingResults(
  delivery: Delivery,
  inspection: Inspection,
  options: OutgoingOptions,
): OutgoingMessage[] {
  return inspection.results.flatMap((result) => {
    const message = outgoingResult(delivery, inspection, result, options);
    if (message === undefined) return [];
    const { responseTopic, correlationData } = delivery.properties;
    if (!options.reply || responseTopic === undefined || !options.isReplyAllowed(responseTopic)) return [message];
    const { sink: _own, ...plain } = message; // who asks is on the broker of the section `sink`
    const reply = { ...plain, topic: responseTopic, ...defined({ correlationData }) };
    return [message, reply];
  });
}

function outgoingResult(
  delivery: Delivery,
  inspection: Inspection,
  result: RuleResult,
  options: OutgoingOptions,
): OutgoingMessage | undefined {
  const { rule, ok, payload, pictureType } = result;
  const target = options.targetOf(result, delivery);
  if (target === undefined) return undefined;
  const isText = options.encoding === 'base64' || result.action !== undefined;
  return {
    ...target,
    payload,
    contentType: isText ? 'application/json' : (pictureType ?? 'image/jpeg'),
    isText,
    user: [
      ['id', inspection.id],
      ...(inspection.measures === undefined ? [] : measuredProperties(inspection.measures, inspection.model)),
      ['ok', String(ok)],
      ['rule', rule],
      ['topic', delivery.topic],
      ...copiedProperties(delivery.properties.user),
    ],
  };
}

function measuredProperties({ defect }: Measures, model: string): UserProperty[] {
  return [
    ['defect', String(defect)],
    ['model', model],
  ];
}

const OWN = new Set(['id', 'defect', 'model', 'ok', 'rule', 'topic']);

/** The input's own user properties (traceparent …), bounded in number and bytes; ours win. */
function copiedProperties(user: readonly UserProperty[]): UserProperty[] {
  const copied: UserProperty[] = [];
  let bytes = 0;
  for (const [key, value] of user) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    if (copied.length >= MAX_COPIED_PROPERTIES || bytes > MAX_COPIED_BYTES) break;
    if (!OWN.has(key)) copied.push([key, value]);
  }
  return copied;
}
