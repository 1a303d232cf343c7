/**
 * As little MQTT 3.1.1 as a load generator needs, on a socket of its own: no copies but into the packet being read.
 * @see https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html
 */
import { connect } from 'node:net';

export interface Wire {
  /** Resolves when the broker has granted QoS 1. */
  subscribe(topic: string): Promise<void>;
  /** QoS 1. The parts are written as they are: they must stay unchanged until the broker has them. */
  publish(topic: string, parts: readonly Buffer[]): void;
  close(): void;
}

/** A PUBLISH that came in; the payload is valid only during the call. Its PUBACK is sent right after. */
export type OnPublish = (payload: Buffer) => void;

const CONNACK = 2;
const PUBLISH = 3;
const SUBACK = 9;

export async function connectWire(port: number, clientId: string, onPublish: OnPublish = () => {}): Promise<Wire> {
  const expected = new Map<number, (body: Buffer) => void>();
  const read = createPacketReader((first, body) => {
    if (first >> 4 === PUBLISH) return onPublish(take(first, body));
    expected.get(first >> 4)?.(body);
  });
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.alloc(256 * 1024), callback: (size, chunk) => read(Buffer.from(chunk.buffer, 0, size)) },
  });
  let packetId = 0;

  function take(first: number, body: Buffer): Buffer {
    let at = 2 + body.readUInt16BE(0);
    if ((first & 0b110) !== 0) {
      socket.write(Buffer.from([0x40, 2, body[at] ?? 0, body[at + 1] ?? 0]));
      at += 2;
    }
    return body.subarray(at);
  }

  const answer = (type: number) =>
    new Promise<Buffer>((resolve) => expected.set(type, (body) => resolve(Buffer.from(body))));
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  failed.catch(() => undefined);

  socket.write(packet(0x10, [Buffer.from([0, 4]), Buffer.from('MQTT'), Buffer.from([4, 2, 0, 0]), string(clientId)]));
  const connack = await Promise.race([answer(CONNACK), failed]);
  if (connack[1] !== 0) throw new Error(`the broker refused the connection: ${connack[1]}`);
  return {
    async subscribe(topic) {
      socket.write(packet(0x82, [Buffer.from([0, 1]), string(topic), Buffer.from([1])]));
      const suback = await Promise.race([answer(SUBACK), failed]);
      if (suback[2] !== 1) throw new Error(`the broker refused the subscription to ${topic}`);
    },
    publish(topic, parts) {
      packetId = (packetId % 0xffff) + 1;
      const head = [string(topic), Buffer.from([packetId >> 8, packetId & 0xff])];
      socket.cork();
      for (const part of packetParts(0x32, [...head, ...parts])) socket.write(part);
      socket.uncork();
    },
    close: () => socket.destroy(),
  };
}

/** Cuts a stream into packets; `body` is valid only during the call. */
function createPacketReader(onPacket: (first: number, body: Buffer) => void): (chunk: Buffer) => boolean {
  let body = Buffer.alloc(1 << 20);
  let first = -1;
  let shift = 0;
  let length = 0;
  let hasLength = false;
  let filled = 0;

  function finish(): void {
    onPacket(first, body.subarray(0, length));
    first = -1;
    hasLength = false;
  }

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (first < 0) {
        first = chunk[at++] ?? 0;
        shift = length = filled = 0;
      } else if (!hasLength) {
        const byte = chunk[at++] ?? 0;
        length |= (byte & 127) << shift;
        shift += 7;
        hasLength = byte < 128;
        if (hasLength && length > body.length) body = Buffer.alloc(length);
        if (hasLength && length === 0) finish();
      } else {
        const size = chunk.copy(body, filled, at, Math.min(chunk.length, at + length - filled));
        at += size;
        filled += size;
        if (filled === length) finish();
      }
    }
    return true;
  };
}

function packet(first: number, parts: readonly Buffer[]): Buffer {
  return Buffer.concat(packetParts(first, parts));
}

function packetParts(first: number, parts: readonly Buffer[]): Buffer[] {
  const header = [first];
  let rest = parts.reduce((sum, part) => sum + part.length, 0);
  do {
    header.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return [Buffer.from(header), ...parts];
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
