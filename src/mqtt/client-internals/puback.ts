/**
 * What MQTT.js has no word for about PUBACKs: sending them late, and receiving one with a code that is none. test/contract/mqtt-js.test.ts holds an upgrade of
 * the library to what they rely on.
 */
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
 * Writes the PUBACK past the client onto the connection that delivered the message. The client would keep it while it is
 * offline and send it on the next connection, where the id may belong to another message. On a destroyed stream it is
 * lost without a fault, as it should be.
 */
export function writePuback(stream: MqttStream, messageId: number, protocolVersion: 4 | 5): void {
  mqttPacket.writeToStream({ cmd: 'puback', messageId, reasonCode: 0 }, stream, { protocolVersion });
}

/**
 * Whether an error of the client is the broker's PUBACK with a reason code that MQTT 5 does not give to a PUBACK. The
 * client tells neither the code nor the message id. mosquitto answers so (0x95, Packet too large) above its
 * `message_size_limit`, which its CONNACK does not name.
 */
export function isUnreadablePuback(error: unknown): boolean {
  return error instanceof Error && error.message === 'Invalid puback reason code';
}
