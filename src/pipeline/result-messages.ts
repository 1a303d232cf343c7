/** Results of an inspection → MQTT messages: topic, properties, and the reply to a request. */

import type { Delivery, OutgoingMessage, UserProperty } from '../domain/delivery.js';
import type { Inspection, RuleResult } from '../domain/inspection.js';
import type { ResultEncoding } from '../domain/rule.js';
import { defined } from '../std/defined.js';

export interface OutgoingOptions {
  readonly encoding: ResultEncoding;
  /** Whether results are also published to a request's response topic. */
  readonly reply: boolean;
  readonly isReplyAllowed: (topic: string) => boolean;
  /**
   * Where the result of a rule goes.
   * @throws {ServiceError} ERR_RESULT_REFUSED when a rule's template gives no valid topic for this input topic
   */
  readonly targetOf: (rule: string, delivery: Delivery) => ResultTarget;
}

export interface ResultTarget {
  readonly topic: string;
  readonly qos: 0 | 1;
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
  { rule, payload, pictureType }: RuleResult,
  options: OutgoingOptions,
): OutgoingMessage {
  const isText = options.encoding === 'base64';
  return {
    ...options.targetOf(rule, delivery),
    payload,
    contentType: isText ? 'application/json' : (pictureType ?? 'image/jpeg'),
    isText,
    user: [
      ['id', inspection.id],
      ['defect', String(inspection.measures.defect)],
      ['model', inspection.model],
      ['rule', rule],
      ['topic', delivery.topic],
      ...copiedProperties(delivery.properties.user),
    ],
  };
}

const OWN = new Set(['id', 'defect', 'model', 'rule', 'topic']);

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
