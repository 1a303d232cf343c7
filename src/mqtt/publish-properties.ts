import type { IClientPublishOptions } from 'mqtt';
import { isFitText } from '../fit-text.js';
import type { UserProperty } from '../message.js';

/** What MQTT 5 may say of a message beside its payload; nothing of it exists on 3.1.1. */
export interface PublishProperties {
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
 * MQTT.js's form: absent keys stay absent, repeated user properties become a list under their key. Those with text that a
 * broker may close the connection over are left out: they come from messages of another broker, and would be sent for ever.
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
