/** What MQTT.js has no option for about PUBACKs: sending them late, and receiving them with any reason code. */
import type { MqttClient } from 'mqtt';
import mqttPacket from 'mqtt-packet';

/** One connection of a client; a client that reconnects has a new one. */
export type MqttStream = MqttClient['stream'];

/**
 * What handleMessage's callback takes to free the stream without a PUBACK: any Error does. Made once: it says nothing
 * about the message, so its stack would not either.
 */
export const ACKNOWLEDGE_LATER = new Error('acknowledged later');

/**
 * Writes the PUBACK past the client onto the connection that delivered the message. The client would keep it while it
 * is offline and send it on the next connection, where the id may belong to another message. On a destroyed stream it
 * is lost without a fault, as it should be.
 */
export function writePuback(stream: MqttStream, messageId: number, protocolVersion: 4 | 5): void {
  mqttPacket.writeToStream({ cmd: 'puback', messageId, reasonCode: 0 }, stream, { protocolVersion });
}

/** What a parser of mqtt-packet has inside, as far as readAnyReasonCode() uses it. */
interface ParserInside {
  readonly settings: { readonly protocolVersion?: number };
  readonly packet: { readonly cmd: string; readonly length: number; reasonCode?: number };
  _parseMessageId(): unknown;
  _parseByte(): number;
  _parseConfirmation(): unknown;
}

/** The only success besides 0 that MQTT.js knows. */
const NO_MATCHING_SUBSCRIBERS = 0x10;
const FIRST_FAILURE = 0x80;

/**
 * Has every parser of mqtt-packet in this process read PUBACK, PUBREC, PUBREL and PUBCOMP with whatever reason code and
 * properties they have: below 0x80 is success, all else a refusal that the client tells with its code and message id.
 * Left alone it takes a code that MQTT 5 does not give to the packet for a fault of the stream, and the connection is
 * lost: mochi answers 0x01 with properties of the publisher, mosquitto 0x95 above its `message_size_limit`. Idempotent.
 */
export function readAnyReasonCode(): void {
  const inside: ParserInside = Object.getPrototypeOf(mqttPacket.parser());
  inside._parseConfirmation = function parseConfirmation(this: ParserInside) {
    const { packet } = this;
    this._parseMessageId();
    if (this.settings.protocolVersion !== 5) return true;
    const code = packet.length > 2 ? this._parseByte() : 0;
    const isPlainSuccess = code < FIRST_FAILURE && code !== NO_MATCHING_SUBSCRIBERS;
    packet.reasonCode = isPlainSuccess ? 0 : code;
    return true; // the properties are skipped with the rest of the packet: nobody reads them
  };
}
