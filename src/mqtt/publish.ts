/** What is published beside topic and payload, how large the packet is, and what a broker's refusal means. */
import type { IClientPublishOptions } from 'mqtt';
import type { OutgoingMessage, UserProperty } from '../domain/delivery.js';
import { isFitText } from '../domain/mqtt-text.js';
import { type Backoff, createBackoff } from '../std/backoff.js';
import { ServiceError } from '../std/errors.js';
import { keptAsItIs } from './client-internals/kept-payload.js';

/** What MQTT 5 may say of a message beside its payload; nothing of it exists on 3.1.1. */
interface PublishProperties {
  readonly contentType?: string;
  /** The payload is UTF-8 text: payload format indicator 1. */
  readonly isText?: boolean;
  readonly expirySeconds?: number;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly user?: readonly UserProperty[];
}

export type WireProperties = NonNullable<IClientPublishOptions['properties']>;

/**
 * MQTT.js's form: absent keys stay absent, repeated user properties become a list under their key. Those with text that
 * a broker may close the connection over are left out: they come from messages of another broker, and would be sent for
 * ever.
 */
export function toWireProperties(properties: PublishProperties): WireProperties {
  const wire: WireProperties = {};
  const { contentType, isText, expirySeconds, responseTopic, correlationData, user = [] } = properties;
  if (contentType !== undefined) wire.contentType = contentType;
  if (isText !== undefined) wire.payloadFormatIndicator = isText;
  if (expirySeconds !== undefined) wire.messageExpiryInterval = expirySeconds;
  if (responseTopic !== undefined) wire.responseTopic = responseTopic;
  if (correlationData !== undefined) wire.correlationData = Buffer.from(correlationData);
  const fit = user.filter((property) => property.every(isFitText));
  if (fit.length > 0) {
    const byKey = new Map<string, string[]>();
    for (const [key, value] of fit) byKey.set(key, [...(byKey.get(key) ?? []), value]);
    wire.userProperties = Object.fromEntries(byKey); // own keys by definition, never a setter: __proto__ is a key as well
  }
  return wire;
}

interface PublishShape {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly properties: WireProperties;
}

/**
 * Bytes of a PUBLISH packet on the wire, as a broker compares them with its Maximum Packet Size.
 * @see MQTT 5.0, 2.1.4 Remaining Length, 2.2.2 Properties, 3.3 PUBLISH
 */
export function publishPacketBytes(message: PublishShape, protocolVersion: 4 | 5): number {
  const properties = protocolVersion === 5 ? propertiesBytes(message.properties) : 0;
  const header = 2 + Buffer.byteLength(message.topic) + (message.qos === 0 ? 0 : 2) + properties;
  const remaining = header + message.payload.byteLength;
  return 1 + variableByteIntegerBytes(remaining) + remaining;
}

function propertiesBytes(properties: WireProperties): number {
  const text = (value: string | Uint8Array | undefined): number =>
    value === undefined ? 0 : 3 + (typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength);
  const user = Object.entries(properties.userProperties ?? {}).flatMap(([key, values]) =>
    [values].flat().map((value) => 5 + Buffer.byteLength(key) + Buffer.byteLength(value)),
  );
  const bytes =
    (properties.payloadFormatIndicator === undefined ? 0 : 2) +
    (properties.messageExpiryInterval === undefined ? 0 : 5) +
    text(properties.contentType) +
    text(properties.responseTopic) +
    text(properties.correlationData) +
    user.reduce((sum, each) => sum + each, 0);
  return variableByteIntegerBytes(bytes) + bytes;
}

function variableByteIntegerBytes(value: number): number {
  if (value < 128) return 1;
  if (value < 16_384) return 2;
  return value < 2_097_152 ? 3 : 4;
}

export const PACKET_TOO_LARGE = 0x95;
export const NOT_AUTHORIZED = 0x87;
/** Not authorized, Topic Name invalid, Packet too large, Payload format invalid. */
const FOR_GOOD = new Set([NOT_AUTHORIZED, 0x90, PACKET_TOO_LARGE, 0x99]);

/** Whether the same publish is never accepted; all other refusals (quota, unspecified …) may pass. */
export function isRefusedForGood(reasonCode: number): boolean {
  return FOR_GOOD.has(reasonCode);
}

/** The reason code that an error of MQTT.js carries; undefined when it is none of the broker's. */
export function reasonCodeOf(error: unknown): number | undefined {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'number' ? error.code : undefined;
}

export function tooLarge(topic: string, sizeBytes: number, maximumBytes: number): ServiceError {
  const text = `Cannot publish to ${topic} as the broker takes packets <= ${maximumBytes} bytes: current size is ${sizeBytes}`;
  return new ServiceError('ERR_RESULT_TOO_LARGE', text, { details: { topic, sizeBytes, maximumBytes } });
}

/** The broker names no limit: all that is known of it is a size that it refused. */
export function refusedAtSize(topic: string, sizeBytes: number, refusedBytes: number): ServiceError {
  const text = `Cannot publish to ${topic} as the packet must be smaller than what the broker was seen to refuse, ${refusedBytes} bytes: current size is ${sizeBytes}`;
  return new ServiceError('ERR_RESULT_TOO_LARGE', text, { details: { topic, sizeBytes, refusedBytes } });
}

export function refused(topic: string, reasonCode: number, cause: unknown): ServiceError {
  const text = `Cannot publish to ${topic} as the broker must accept it: reason code is 0x${reasonCode.toString(16)}`;
  return new ServiceError('ERR_RESULT_REFUSED', text, { cause, details: { topic, reasonCode } });
}

export interface ClosedAt {
  readonly sizeBytes: number;
  readonly largestTakenBytes: number;
  /** The broker said of another packet that its topic is not allowed. */
  readonly isTopicDenied: boolean;
  readonly reason: string;
}

/** The broker closed the connection each time that this was sent, and nothing else went with it. */
export function closedAt(topic: string, { isTopicDenied, ...details }: ClosedAt): ServiceError {
  const { sizeBytes, largestTakenBytes, reason } = details;
  const isBySize = sizeBytes > largestTakenBytes && !isTopicDenied;
  const guess = isBySize ? 'its largest packet may be smaller' : 'it may not allow the topic';
  const text = `Cannot publish to ${topic} as the broker must not close the connection at it: closed at each try, ${guess}: ${sizeBytes} bytes, the largest that it took is ${largestTakenBytes}, last reason: ${reason}`;
  return new ServiceError(isBySize ? 'ERR_RESULT_TOO_LARGE' : 'ERR_RESULT_REFUSED', text, {
    details: { topic, ...details },
  });
}

const RETRY_BACKOFF = { firstMs: 250, limitMs: 30_000 };

/** A message on its way through the sink. */
export interface Publish extends PublishShape {
  readonly retain: boolean;
  readonly payload: Buffer;
  /** Of the whole packet. */
  readonly sizeBytes: number;
  readonly backoff: Backoff;
  resolve(): void;
  reject(error: unknown): void;
  /** Of the last attempt; undefined before the first one and at QoS 0. */
  messageId?: number;
  hasBeenSent: boolean;
  retry?: NodeJS.Timeout;
}

interface PublishParts {
  readonly random: () => number;
  readonly protocolVersion: 4 | 5;
  /** Called before either end of a publish. */
  forget(publish: Publish): void;
}

export function createPublish(
  { topic, payload, qos, retain = false, ...said }: OutgoingMessage,
  { random, protocolVersion, forget }: PublishParts,
  { onTaken, onRefused }: { onTaken(): void; onRefused(error: unknown): void },
): Publish {
  const properties = toWireProperties(said);
  const publish: Publish = {
    topic,
    payload: keptAsItIs(payload),
    qos,
    retain,
    properties,
    sizeBytes: publishPacketBytes({ topic, payload, qos, properties }, protocolVersion),
    backoff: createBackoff(random, RETRY_BACKOFF),
    resolve() {
      forget(publish);
      onTaken();
    },
    reject(error) {
      forget(publish);
      onRefused(error);
    },
    hasBeenSent: false,
  };
  return publish;
}
