import { connect, type Socket } from 'node:net';
import type { MqttClient } from 'mqtt';
import type { SharedBuffers } from '../../std/shared-buffers.js';

/** For what is no large packet, and for the beginning of each: the less, the fewer of its bytes are copied. */
const READ_BYTES = 16 * 1024;
/** A picture of 20 KB would be copied three times otherwise, and each copy counts for the garbage collector. */
const FROM_BYTES = 8 * 1024;
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

// Bytes of a connection → pieces for the MQTT parser, of which every large PUBLISH is one whole packet in memory of its
// own.

const PUBLISH = 3;
const MAX_HEADER_BYTES = 5;

interface AssemblerOptions {
  /** Of the room for everything but large packets. */
  readonly roomBytes: number;
  /** Packets of fewer bytes are passed on in the pieces they came in. */
  readonly fromBytes: number;
  /** So are packets of more bytes: what a broker announces is not allocated before it has come. */
  readonly toBytes: number;
  /** Memory for one packet, shared with other threads. */
  readonly allocate: (sizeBytes: number) => Uint8Array<SharedArrayBuffer>;
}

/** The next bytes go to where it says, and then it is told how many there were; it hands on pieces in order. */
interface PacketAssembler {
  /** Room for at least one byte, until the next call of `received`: within a large packet its own place there. */
  room(): Uint8Array;
  /** So many bytes have been written to the beginning of the room. */
  received(sizeBytes: number): void;
}

/**
 * The parser collects the pieces of a packet in a list and copies them together at its end: for a picture of 400 KB
 * that is the second copy, and every piece was an allocation. Here the bytes are read to their place at once, and that
 * is shared memory, so that a worker reads them without a further copy. What is no MQTT is passed on: to refuse it is
 * the parser's part.
 * @see MQTT 5 §2.1.4, Remaining Length
 */
export function createPacketAssembler(onPiece: (piece: Buffer) => void, options: AssemblerOptions): PacketAssembler {
  /** For everything but the inside of a large packet. */
  const scratch = Buffer.allocUnsafeSlow(options.roomBytes);
  /** The packet that is being filled, and how far. */
  let packet: Buffer | undefined;
  let filled = 0;
  /** Bytes that are still to come of a packet that is passed on. */
  let passing = 0;
  /** The beginning of a header whose end has not come yet. */
  let header = Buffer.alloc(0);

  function fill(sizeBytes: number, target: Buffer): void {
    filled += sizeBytes;
    if (filled < target.length) return;
    packet = undefined;
    onPiece(target);
  }

  /** Small packets that lie side by side, and parts of those too large, go on in one piece. */
  function pass(bytes: Buffer): number {
    let end = Math.min(passing, bytes.length);
    passing -= end;
    while (passing === 0 && end < bytes.length) {
      const size = packetBytes(bytes.subarray(end));
      if (size === undefined || isAssembled(size, bytes[end] as number)) break;
      const taken = Math.min(size, bytes.length - end);
      passing = size - taken;
      end += taken;
    }
    if (end > 0) onPiece(Buffer.from(bytes.subarray(0, end)));
    return end;
  }

  function isAssembled(size: number, firstByte: number): boolean {
    return firstByte >> 4 === PUBLISH && size >= options.fromBytes && size <= options.toBytes;
  }

  function start(sizeBytes: number): Buffer {
    const { buffer, byteOffset } = options.allocate(sizeBytes);
    filled = 0;
    return Buffer.from(buffer, byteOffset, sizeBytes);
  }

  function assemble(bytes: Buffer): void {
    let rest = header.length === 0 ? bytes : Buffer.concat([header, bytes]);
    header = header.subarray(0, 0);
    while (rest.length > 0) {
      if (packet !== undefined) {
        const copied = rest.copy(packet, filled);
        fill(copied, packet);
        rest = rest.subarray(copied);
        continue;
      }
      const size = passing > 0 ? undefined : packetBytes(rest);
      if (passing === 0 && size === undefined) {
        header = Buffer.from(rest);
        return;
      }
      if (size !== undefined && isAssembled(size, rest[0] as number)) packet = start(size);
      else rest = rest.subarray(pass(rest));
    }
  }

  return {
    room: () => packet?.subarray(filled) ?? scratch,
    received(sizeBytes) {
      if (packet === undefined) assemble(scratch.subarray(0, sizeBytes));
      else fill(sizeBytes, packet);
    },
  };
}

/**
 * Size of the packet that begins here, header included; undefined when the header is not whole. Infinity when it is
 * none: five bytes of length do not exist.
 */
function packetBytes(bytes: Buffer): number | undefined {
  let length = 0;
  for (let i = 1; i < MAX_HEADER_BYTES; i++) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) return 1 + i + length;
  }
  return Number.POSITIVE_INFINITY;
}
