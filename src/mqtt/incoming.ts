import type { IPublishPacket } from 'mqtt';
import type { Delivery, MessageProperties, UserProperty } from '../domain/delivery.js';
import { defined } from '../std/defined.js';

/** A publish packet in our words. Nobody else changes or detaches `payload`; a large one is in shared memory. */
export interface Incoming extends Omit<Delivery, 'ack'> {
  /** 0 at QoS 0. */
  readonly messageId: number;
  /** The DUP flag: not set on every redelivery, so a hint only. */
  readonly isDuplicate: boolean;
  /** Of the subscriptions that it came by, where they have identifiers (MQTT 5). */
  readonly subscriptionIdentifiers: readonly number[];
}

/** @param filterId the id of the topic filter that the message came in by */
export function toIncoming(packet: IPublishPacket, filterId: string): Incoming {
  return {
    topic: packet.topic,
    filterId,
    payload: ownBytes(packet.payload),
    qos: packet.qos === 0 ? 0 : 1,
    properties: toProperties(packet.properties),
    receivedAtMs: Date.now(),
    receivedAtMonotonicMs: performance.now(),
    messageId: packet.qos === 0 ? 0 : (packet.messageId ?? 0),
    isDuplicate: packet.dup,
    subscriptionIdentifiers: [packet.properties?.subscriptionIdentifier ?? []].flat(),
  };
}

/**
 * MQTT.js hands out small payloads as views into the buffer of the socket, shared by many messages: cloning one to a
 * worker would clone the whole buffer. Large ones own theirs already, or lie in the shared memory of their packet.
 */
export function ownBytes(payload: string | Uint8Array): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  if (payload.buffer instanceof SharedArrayBuffer) return payload;
  const isWhole = payload.byteOffset === 0 && payload.byteLength === payload.buffer.byteLength;
  return isWhole ? payload : new Uint8Array(payload);
}

function toProperties(properties: IPublishPacket['properties']): MessageProperties {
  const { userProperties = {}, responseTopic, correlationData, messageExpiryInterval } = properties ?? {};
  const user = Object.entries(userProperties).flatMap(([key, value]): UserProperty[] =>
    typeof value === 'string' ? [[key, value]] : value.map((each) => [key, each]),
  );
  return {
    user,
    ...defined({ responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: ownBytes(correlationData) }),
    ...defined({ expirySeconds: messageExpiryInterval }),
  };
}
