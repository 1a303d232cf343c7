import type { WireProperties } from './publish-properties.js';

export interface PublishShape {
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
