import { connect, type Socket } from 'node:net';
import type { MqttClient } from 'mqtt';
import type { SharedBuffers } from '../../std/shared-buffers.js';
import { createPacketAssembler } from './packet-assembler.js';

/** For what is no large packet, and for the beginning of each: the less, the fewer of its bytes are copied. */
const READ_BYTES = 16 * 1024;
/** Node's own limit for what MQTT.js hands out as views into a buffer of the socket. */
const FROM_BYTES = 64 * 1024;
/** Topic and properties of a packet, beside its payload. */
const PACKET_OVERHEAD_BYTES = 128 * 1024;
/** Larger ones come in pieces, into memory that the garbage collector sees: too few of them could be kept. */
const LARGEST_BYTES = 8 * 2 ** 20;

export interface WholePackets {
  /** Of the messages that are read whole. */
  readonly maxPayloadBytes: number;
  /** Where they are read to. */
  readonly memory: Pick<SharedBuffers, 'take'>;
}

/**
 * Has a client read its plain TCP connections through the assembler, from the next one on; TLS and WebSocket stay as
 * they are. MQTT.js has no option for it: test/contract/mqtt-js.test.ts holds an upgrade to what this relies on.
 */
export function readWholePackets(client: MqttClient, options: WholePackets): void {
  const inner = client as unknown as { streamBuilder: (client: MqttClient) => MqttClient['stream'] };
  const buildOther = inner.streamBuilder;
  inner.streamBuilder = (self) => {
    const { protocol, host, port } = self.options;
    if (protocol !== 'mqtt' || port === undefined) return buildOther(self);
    return connectSocket(host ?? 'localhost', port, options) as MqttClient['stream'];
  };
}

/** Every read goes to where the assembler wants it; what it makes of it is pushed as if the socket had read it. */
function connectSocket(host: string, port: number, { maxPayloadBytes, memory }: WholePackets): Socket {
  let hasRoom = true;
  const assembler = createPacketAssembler(
    (piece) => {
      hasRoom = socket.push(piece);
    },
    {
      roomBytes: READ_BYTES,
      fromBytes: FROM_BYTES,
      toBytes: Math.min(maxPayloadBytes + PACKET_OVERHEAD_BYTES, LARGEST_BYTES),
      allocate: memory.take,
    },
  );
  // False stops reading until the consumer asks for more.
  const callback = (sizeBytes: number): boolean => {
    hasRoom = true;
    assembler.received(sizeBytes);
    return hasRoom;
  };
  const socket: Socket = connect({ host, port, noDelay: true, onread: { buffer: assembler.room, callback } });
  return socket;
}
