import { connect, type Socket } from 'node:net';
import type { MqttClient } from 'mqtt';
import { createPacketAssembler } from './packet-assembler.js';

/** As much as the system gives at once; one buffer for the life of the connection. */
const READ_BYTES = 64 * 1024;
/** Node's own limit for what MQTT.js hands out as views into a buffer of the socket. */
const FROM_BYTES = 64 * 1024;
/** Topic and properties of a packet, beside its payload. */
const PACKET_OVERHEAD_BYTES = 128 * 1024;

/**
 * Has a client read its plain TCP connections through the assembler, from the next one on; TLS and WebSocket stay as they
 * are. MQTT.js has no option for it: test/contract/mqtt-js.test.ts holds an upgrade to what this relies on.
 * @param maxPayloadBytes of the messages that are read whole
 */
export function readWholePackets(client: MqttClient, maxPayloadBytes: number): void {
  const inner = client as unknown as { streamBuilder: (client: MqttClient) => MqttClient['stream'] };
  const buildOther = inner.streamBuilder;
  inner.streamBuilder = (self) => {
    const { protocol, host, port } = self.options;
    if (protocol !== 'mqtt' || port === undefined) return buildOther(self);
    return connectSocket(host ?? 'localhost', port, maxPayloadBytes) as MqttClient['stream'];
  };
}

/** Every read goes into one buffer; what the assembler makes of it is pushed as if the socket had read it. */
function connectSocket(host: string, port: number, maxPayloadBytes: number): Socket {
  let hasRoom = true;
  const assemble = createPacketAssembler(
    (piece) => {
      hasRoom = socket.push(piece);
    },
    { fromBytes: FROM_BYTES, toBytes: maxPayloadBytes + PACKET_OVERHEAD_BYTES },
  );
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  // False stops reading until the consumer asks for more.
  const callback = (size: number): boolean => {
    hasRoom = true;
    assemble(buffer.subarray(0, size));
    return hasRoom;
  };
  const socket: Socket = connect({ host, port, noDelay: true, onread: { buffer, callback } });
  return socket;
}
