/** A broker made of a bare socket: answers what the test says, tells what was really written. */
import { createServer, type Socket } from 'node:net';
import mqttPacket, { type Packet } from 'mqtt-packet';

export interface WireBroker extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Everything that clients sent, over all connections. */
  readonly received: readonly Packet[];
  /** Message ids of the packets of a kind that clients sent. */
  ids(cmd: Packet['cmd']): (number | undefined)[];
  readonly connections: number;
  /** To the newest connection, all in one chunk. */
  send(...packets: Packet[]): void;
  sendBytes(bytes: Uint8Array): void;
  drop(): void;
}

/** An answer that closes the connection without a word. */
export const HANG_UP = 'hang up';

export type Answer = (packet: Packet) => Packet[] | typeof HANG_UP;

/** Accepts the connection, with a session, and answers pings; nothing else. */
export const accept: Answer = ({ cmd }) => {
  if (cmd === 'connect') return [{ cmd: 'connack', sessionPresent: true, reasonCode: 0, returnCode: 0 }];
  return cmd === 'pingreq' ? [{ cmd: 'pingresp' }] : [];
};

export async function startWireBroker(answer: Answer = accept): Promise<WireBroker> {
  const received: Packet[] = [];
  const sockets: Socket[] = [];
  const versions = new Map<Socket, number>();
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const parser = mqttPacket.parser({ protocolVersion: 5 });
    parser.on('packet', (packet) => {
      if (socket.destroyed) return;
      received.push(packet);
      if (packet.cmd === 'connect') versions.set(socket, packet.protocolVersion ?? 5);
      const answers = answer(packet);
      if (answers === HANG_UP) socket.destroy();
      else write(socket, answers);
    });
    socket.on('data', (chunk: Buffer) => parser.parse(chunk));
  });

  function write(socket: Socket | undefined, packets: Packet[]): void {
    const protocolVersion = (socket && versions.get(socket)) ?? 5;
    socket?.write(Buffer.concat(packets.map((packet) => mqttPacket.generate(packet, { protocolVersion }))));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    received,
    ids: (cmd) => received.filter((packet) => packet.cmd === cmd).map(({ messageId }) => messageId),
    get connections() {
      return sockets.length;
    },
    send: (...packets) => write(sockets.at(-1), packets),
    sendBytes: (bytes) => void sockets.at(-1)?.write(bytes),
    drop: () => sockets.at(-1)?.destroy(),
    [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
